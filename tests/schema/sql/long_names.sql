CREATE TABLE tttttttttttttttttttttttttttttttttttttttt (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa serial UNIQUE CHECK (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa > 0), bbbbbbbbbb int);
CREATE INDEX ON tttttttttttttttttttttttttttttttttttttttt (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa);
CREATE INDEX ON tttttttttttttttttttttttttttttttttttttttt (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa);
CREATE INDEX ON tttttttttttttttttttttttttttttttttttttttt (bbbbbbbbbb);
CREATE INDEX ON tttttttttttttttttttttttttttttttttttttttt (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbb);
CREATE TABLE uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu (cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc int PRIMARY KEY);
CREATE TABLE "üüüüüüüüüüüüüüüüüüüüüüüüü" ("äääääääääääääääääääääääää" serial PRIMARY KEY,
    "öööööööööööööööööööööööööööööö" int REFERENCES tttttttttttttttttttttttttttttttttttttttt (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa));
CREATE INDEX ON "üüüüüüüüüüüüüüüüüüüüüüüüü" ("öööööööööööööööööööööööööööööö");
CREATE INDEX ON "üüüüüüüüüüüüüüüüüüüüüüüüü" ("öööööööööööööööööööööööööööööö", "äääääääääääääääääääääääää");
CREATE INDEX ON "üüüüüüüüüüüüüüüüüüüüüüüüü" ("öööööööööööööööööööööööööööööö", "äääääääääääääääääääääääää");
