CREATE TABLE base (id int PRIMARY KEY, kind text NOT NULL DEFAULT 'x', CHECK (id > 0),
    CHECK (kind <> '') NO INHERIT);
CREATE TABLE child (more int) INHERITS (base);
CREATE TABLE copy (LIKE base INCLUDING ALL, extra int);
CREATE TABLE bare (LIKE base);
ALTER TABLE base ADD COLUMN n int CHECK (n > 0), ALTER kind SET DEFAULT 'y';
CREATE TABLE late (id int NOT NULL, kind text NOT NULL, n int, CONSTRAINT base_id_check CHECK (id > 0),
    CONSTRAINT base_n_check CHECK (n > 0));
ALTER TABLE late INHERIT base;
ALTER TABLE base DROP CONSTRAINT base_n_check;
ALTER TABLE base DROP COLUMN n;
ALTER TABLE child NO INHERIT base;
