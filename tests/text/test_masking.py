"""What may be shown of a statement."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migsafe.text.masking import display_sql, mask_literals, mask_secrets, printable, printable_lines


def test_data_statements_show_no_literal() -> None:
    sql = "INSERT INTO a (b) VALUES ('x', 42, $$y$$, E'\\'', B'01', -1.5, :v, NULL) -- why"
    assert mask_literals(sql) == "INSERT INTO a (b) VALUES (…, …, …, …, …, -…, :v, NULL) -- why"


def test_a_string_that_is_never_closed_is_masked_to_the_end() -> None:
    assert mask_literals("UPDATE a SET b = 'secret; DROP") == "UPDATE a SET b = …"


@pytest.mark.parametrize(
    ("sql", "shown"),
    [
        ("CREATE ROLE app LOGIN PASSWORD 'pw'", "CREATE ROLE app LOGIN PASSWORD …"),
        ("ALTER USER app WITH ENCRYPTED PASSWORD E'pw'", "ALTER USER app WITH ENCRYPTED PASSWORD …"),
        ("CREATE SUBSCRIPTION s CONNECTION 'host=h' PUBLICATION p", "CREATE SUBSCRIPTION s CONNECTION … PUBLICATION p"),
        (
            "CREATE USER MAPPING FOR u SERVER s OPTIONS (user 'bob', password 'pw')",
            "CREATE USER MAPPING FOR u SERVER s OPTIONS (user …, password …)",
        ),
        (
            "ALTER SERVER s OPTIONS (SET host 'h', ADD password 'pw')",
            "ALTER SERVER s OPTIONS (SET host 'h', ADD password …)",
        ),
        (
            "ALTER DATABASE d SET \"app.settings.jwt_secret\" TO 'pw'",
            'ALTER DATABASE d SET "app.settings.jwt_secret" TO …',
        ),
        ("SET app.api_key = 'pw'", "SET app.api_key = …"),
        ("SELECT set_config('app.jwt_secret', 'pw', false)", "SELECT set_config('app.jwt_secret', …, false)"),
        ("SELECT dblink_connect('c', 'host=h password=pw')", "SELECT dblink_connect(…, …)"),
        ("SELECT * FROM dblink('host=h password=pw', 'x') AS d", "SELECT * FROM dblink(…, …) AS d"),
        ("SELECT crypt('pw', gen_salt('bf'))", "SELECT crypt(…, gen_salt('bf'))"),
        ("SELECT vault.create_secret('pw', 'n')", "SELECT vault.create_secret(…, …)"),
        (
            "COMMENT ON TABLE a IS 'see postgres://u:pw@h/d'",
            "COMMENT ON TABLE a IS 'see postgres://u:…@h/d'",
        ),
        (
            "ALTER SYSTEM SET primary_conninfo = 'host=h password=pw user=u'",
            "ALTER SYSTEM SET primary_conninfo = 'host=h password=… user=u'",
        ),
        (
            "DO $$ BEGIN CREATE ROLE a PASSWORD 'pw'; END $$",
            "DO $$ BEGIN CREATE ROLE a PASSWORD …; END $$",
        ),
        (
            "DO $x$ BEGIN EXECUTE 'CREATE ROLE a PASSWORD ''pw'''; END $x$",
            "DO $x$ BEGIN EXECUTE 'CREATE ROLE a PASSWORD …'; END $x$",
        ),
        ("SELECT 1 -- psql postgres://u:pw@h\n", "SELECT 1 -- psql postgres://u:…@h\n"),
        ("CREATE ROLE a PASSWORD 'pw never closed", "CREATE ROLE a PASSWORD …"),
    ],
)
def test_secrets_are_masked_in_every_statement(sql: str, shown: str) -> None:
    assert mask_secrets(sql) == shown
    assert display_sql(sql, is_data_statement=False) == shown


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE users ADD COLUMN password_hash text NOT NULL DEFAULT ''",
        "COMMENT ON COLUMN users.password IS 'the hash of the password'",
        "CREATE TABLE tokens (token text CHECK (length(token) > 5), kind text DEFAULT 'api')",
        "ALTER TABLE a ADD CONSTRAINT c CHECK (url LIKE 'https://%')",
        "CREATE TYPE mood AS ENUM ('sad', 'ok')",
    ],
)
def test_what_is_no_secret_stays(sql: str) -> None:
    assert mask_secrets(sql) == sql


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x1b[31mred\x07", r"\u001b[31mred\u0007"),
        ("a\u202eb\u2066", r"a\u202eb\u2066"),
        ("a\u200bb\ufeff", r"a\u200bb\ufeff"),
        ("a\udce9", r"a\udce9"),
        ("\U000e0041", r"\U000e0041"),
        ("größe 表 😀 …", "größe 表 😀 …"),
    ],
)
def test_what_deceives_a_reader_is_shown_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_lines_and_tabs_can_stay() -> None:
    assert printable_lines("a\r\nb\rc\n\td\x00") == "a\nb\nc\n\td\\u0000"


def test_a_statement_for_display_is_masked_and_printable() -> None:
    sql = "UPDATE a\r\nSET b = 'x\u202e' -- \u202e"
    assert display_sql(sql, is_data_statement=True) == "UPDATE a\nSET b = … -- \\u202e"


def test_quotes_in_quotes_without_end_are_masked_and_not_followed() -> None:
    tags = [f"$a{number}$" for number in range(3000)]
    sql = f"DO {' '.join(tags)} PASSWORD 'pw' {' '.join(reversed(tags))}"
    assert mask_secrets(sql).startswith("DO $a0$ $a1$ $a2$ $a3$…$a3$ ")


@settings(deadline=None)
@given(st.text(max_size=100))
def test_printable_text_prints_everywhere(text: str) -> None:
    assert printable(text).encode().decode() == printable(text)
    assert not any(character < " " for character in printable(text))


@settings(deadline=None)
@given(st.text(alphabet="ab'$\\\n-/* ;1", max_size=40), st.booleans())
def test_masking_never_fails_and_changes_nothing_twice(sql: str, is_data: bool) -> None:
    shown = mask_literals(sql) if is_data else mask_secrets(sql)
    assert (mask_literals(shown) if is_data else mask_secrets(shown)) == shown


@settings(deadline=None)
@given(
    st.text(alphabet="xyz;- 0987", min_size=3, max_size=20), st.sampled_from(["'{}'", "$${}$$", "$q${}$q$", "E'{}'"])
)
def test_no_password_survives(secret: str, quotes: str) -> None:
    secret = f"<{secret}>"
    assert secret not in mask_secrets(f"ALTER ROLE a PASSWORD {quotes.format(secret)} VALID UNTIL '2027-01-01'")
    assert secret not in display_sql(f"INSERT INTO a VALUES ({quotes.format(secret)})", is_data_statement=True)
