CREATE TABLE users (id serial PRIMARY KEY, email text UNIQUE, a int, b int, UNIQUE (a, b), UNIQUE (b, a),
    CHECK (a > 0), CHECK (b > 0), CHECK (a > b), CHECK (a < b), CONSTRAINT a_check CHECK (a > 1),
    EXCLUDE USING gist (int4range(a, b) WITH &&));
CREATE TABLE posts (id int PRIMARY KEY UNIQUE, user_id int REFERENCES users, editor int REFERENCES users (id),
    x int, y int, FOREIGN KEY (x, y) REFERENCES users (a, b));
ALTER TABLE posts ADD FOREIGN KEY (user_id) REFERENCES users, ADD UNIQUE (x) , ADD CHECK (x > 0);
ALTER TABLE posts ADD FOREIGN KEY (user_id) REFERENCES users;
