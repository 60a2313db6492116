"""Generated input: the same files for everybody, from nothing but a number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

TABLES_PER_FILE = 0.1


def migrations(folder: Path, count: int) -> Path:
    """`count` files of ten statements and about 0.95 KB: a timeout, a transaction, six changes, in golang-migrate's
    naming. Every tenth file makes a table that the ones after it change."""
    target = folder / f"{count}" / "migrations"
    target.mkdir(parents=True)
    for number in range(count):
        (target / f"{number + 1:06}_change.up.sql").write_text(_migration(number, count))
    return target


def _migration(number: int, count: int) -> str:
    table = f"customer_orders_{number % max(1, int(count * TABLES_PER_FILE)):05}"
    made, column = f"account_event_{number:05}", f"delivery_state_{number:05}"
    earlier = f"account_event_{max(0, number - 1):05}"
    return f"""-- Change {number}
SET lock_timeout = '2s';
SET statement_timeout = '60s';
BEGIN;
CREATE TABLE {made} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    amount numeric(12, 2) CHECK (amount >= 0)
);
CREATE INDEX {made}_created_idx ON {made} (created_at, name);
ALTER TABLE {table} ADD COLUMN {column} varchar(40) DEFAULT 'pending' NOT NULL;
ALTER TABLE {table} ADD CONSTRAINT {column}_fk FOREIGN KEY (account) REFERENCES {earlier} (id);
CREATE INDEX {column}_idx ON {table} ({column}) WHERE {column} IS NOT NULL;
UPDATE {table} SET {column} = 'active' WHERE created_at < '2024-01-01' AND {column} = 'pending';
COMMIT;
"""


def dump(folder: Path, megabytes: int) -> Path:
    """A script as pg_dump writes it with `--inserts`, some tables with COPY data, about 110,000 statements in 20 MB."""
    path = folder / f"dump_{megabytes}mb.sql"
    tables = megabytes * 60
    with path.open("w") as file:
        file.writelines(_table(number) for number in range(tables))
        file.writelines(_rows(tables, megabytes * 800_000))
        file.writelines(_keys(number) for number in range(tables))
    return path


def _table(number: int) -> str:
    return f"""CREATE TABLE public.t{number} (
    id bigint NOT NULL,
    name text,
    note character varying(80) DEFAULT 'x'::character varying,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE public.t{number} OWNER TO app;
CREATE SEQUENCE public.t{number}_id_seq AS bigint START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE public.t{number}_id_seq OWNED BY public.t{number}.id;
ALTER TABLE ONLY public.t{number} ALTER COLUMN id SET DEFAULT nextval('public.t{number}_id_seq'::regclass);
"""


def _rows(tables: int, size: int) -> Iterator[str]:
    written = number = 0
    while written < size:
        text = _copy(number % tables) if number % 50 == 0 else _insert(number % tables, number)
        written += len(text)
        number += 1
        yield text


def _insert(table: int, number: int) -> str:
    words = f"'name {number} é', 'some note about row {number} of the table, which is quite long'"
    return f"INSERT INTO public.t{table} (id, name, note) VALUES ({number}, {words});\n"


def _copy(table: int) -> str:
    lines = "".join(f"{number}\tname {number}\ta note; with 'quotes'\n" for number in range(60))
    return f"COPY public.t{table} (id, name, note) FROM stdin;\n{lines}\\.\n\n"


def _keys(number: int) -> str:
    reference = f"FOREIGN KEY (id) REFERENCES public.t{max(0, number - 1)}(id)"
    return f"""ALTER TABLE ONLY public.t{number} ADD CONSTRAINT t{number}_pkey PRIMARY KEY (id);
CREATE INDEX t{number}_name_idx ON public.t{number} USING btree (name);
ALTER TABLE ONLY public.t{number} ADD CONSTRAINT t{number}_fk {reference};
"""
