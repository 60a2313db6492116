"""What is decided, what is run on both sides, and what is reported."""

from __future__ import annotations

import ast

import pytest

from migsafe.model.migration import Certainty
from migsafe.sources.interpreter import Limits, Reason, Unknown, audit
from migsafe.sources.interpreter.holes import has_hole, replace
from tests.sources.interpreter.evaluating import body, calls_op, interpreter, reasons, recorded, upgrade, with_guards


def test_a_known_condition_has_one_side() -> None:
    result = body("if db.name == 'postgresql':\n    op.run(1)\nelse:\n    op.run(2)")
    assert recorded(result) == [1]
    assert reasons(result) == []


def test_an_unknown_condition_has_both_sides_under_its_words() -> None:
    result = body("if db.ask('x'):\n    op.run(1)\nelif db.rows():\n    op.run(2)\nelse:\n    op.run(3)\nop.run(4)")
    one, two = "db.ask('x')", "db.rows()"
    assert with_guards(result) == [
        (1, (one,)),
        (2, (f"not {one}", two)),
        (3, (f"not {one}", f"not {two}")),
        (4, ()),
    ]


def test_what_follows_an_early_return_runs_under_the_opposite() -> None:
    result = body("if not db.ask():\n    return\nop.run(1)")
    assert with_guards(result) == [(1, ("db.ask()",))]
    assert result.events[0].site.certainty is Certainty.GUARDED


def test_a_raise_under_a_condition_adds_no_condition() -> None:
    """If it is raised the migration fails, and nothing of it stays."""
    assert with_guards(body("if db.ask():\n    raise ValueError('no')\nop.run(1)")) == [(1, ())]


def test_values_that_differ_between_sides_reach_a_call_one_by_one() -> None:
    result = body("name = 'a'\nif db.ask():\n    name = 'b'\nop.run(f'drop {name}')")
    assert sorted(with_guards(result)) == [("drop a", ("not db.ask()",)), ("drop b", ("db.ask()",))]


def test_a_name_has_only_the_values_with_which_a_condition_holds() -> None:
    result = body("x = None\nif db.ask():\n    x = 'a'\nif x is not None:\n    op.run(x)")
    assert recorded(result) == ["a"]


def test_items_appended_under_a_condition_are_there_under_it() -> None:
    result = body("x = [1]\nif db.ask():\n    x.append(2)\nfor y in x:\n    op.run(y)")
    assert with_guards(result) == [(1, ()), (2, ("db.ask()",))]


def test_a_loop_over_known_values_is_unrolled() -> None:
    result = body("for n, x in enumerate(['a', 'b']):\n    if x == 'z':\n        continue\n    op.run(f'{x}{n}')")
    assert with_guards(result) == [("a0", ()), ("b1", ())]


def test_a_loop_over_unknown_values_runs_once_for_all() -> None:
    result = body("n = 0\nfor row in db.rows():\n    n += 1\n    op.run('x %s' % row)\nop.run(n)")
    text, count = recorded(result)[0], recorded(result)[1:]
    assert isinstance(text, str)
    assert has_hole(text)
    assert replace(text, lambda number: f"<{result.holes[number].cause}>") == "x <database>"
    assert result.events[0].site.certainty is Certainty.DATA_LOOP
    assert all(value == 0 or isinstance(value, Unknown) for value in count)
    assert any(isinstance(value, Unknown) for value in count), "how often it ran is not known"


def test_handlers_may_run_when_something_may_raise() -> None:
    result = body(
        "try:\n    op.run(1)\nexcept ValueError:\n    op.run(2)\nelse:\n    op.run(3)\nfinally:\n    op.run(4)"
    )
    assert with_guards(result) == [(1, ()), (2, ("ValueError is raised",)), (3, ()), (4, ())]


def test_a_certain_error_runs_its_handler() -> None:
    result = body("try:\n    {}['x']\n    op.run(1)\nexcept LookupError:\n    op.run(2)")
    assert with_guards(result) == [(2, ())]
    assert reasons(result) == ["call-site-not-reached"], "what looks like an error is not proof that a call is dead"


def test_the_end_of_an_entry_by_raise_is_said() -> None:
    result = body("raise NotImplementedError('no way back')\nop.run(1)")
    assert result.raised == "NotImplementedError('no way back')"
    assert reasons(result) == []


def test_a_context_manager_of_the_file_runs_around_the_body() -> None:
    text = """
        from contextlib import contextmanager
        @contextmanager
        def guard(name):
            op.run('begin ' + name)
            yield name
            op.run('end')
        def upgrade():
            with guard('a') as x:
                op.run(x)
        """
    assert recorded(upgrade(text)) == ["begin a", "a", "end"]


def test_generators_run_as_far_as_somebody_asks() -> None:
    text = """
        def numbers():
            n = 0
            while True:
                yield n
                n += 1
        def upgrade():
            for n in numbers():
                if n == 2:
                    break
                op.run(n)
        """
    assert recorded(upgrade(text)) == [0, 1]


def test_functions_named_by_a_text_are_found() -> None:
    """Flask-Migrate's template for several databases; a reader that missed it lost a repository's DDL in silence."""
    text = "from front import op\ndef upgrade(engine):\n    globals()[f'upgrade_{engine}']()\n"
    text += "def upgrade_a():\n    op.run('a')\n"
    made = interpreter(text + "def upgrade_b():\n    op.run('b')\ndef downgrade_a():\n    op.run('c')")
    made.run_module()
    result = made.call("upgrade")
    assert sorted(map(str, recorded(result))) == ["a", "b"]
    assert all(event.site.guards for event in result.events)
    assert reasons(result) == []


def test_a_name_that_is_not_known_at_all_reports_every_function() -> None:
    text = "from front import op, db\ndef upgrade():\n    globals()[db.ask()]()\ndef hidden():\n    op.run('a')\n"
    made = interpreter(text)
    made.run_module()
    assert "call-site-not-reached" in reasons(made.call("upgrade"))


def test_helpers_of_the_project_are_read_as_text() -> None:
    files = {"helpers": "from front import op\ndef drop(t):\n    op.run('drop ' + t)\nTABLES = ['a', 'b']"}
    result = upgrade(
        "from .helpers import drop, TABLES\ndef upgrade():\n    for t in TABLES:\n        drop(t)", files=files
    )
    assert recorded(result) == ["drop a", "drop b"]
    assert result.events[0].site.path == "helpers.py"
    assert result.events[0].site.origin != result.events[0].site.span


def test_enumerations_and_classes() -> None:
    text = """
        import enum
        class Colour(enum.Enum):
            RED = 'red'
            BLUE = 'blue'
        class Base:
            schema = 'public'
            def name(self, table):
                return f'{self.schema}.{table}'
        class Other(Base):
            def __init__(self):
                self.schema = 'other'
        def upgrade():
            op.run(','.join(c.value for c in Colour))
            op.run(Base().name('a'))
            op.run(Other().name('b'))
        """
    assert recorded(upgrade(text)) == ["red,blue", "public.a", "other.b"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import app\napp.migrate()", "external-helper"),
        ("from app import migrate\nmigrate(op)", "bind-escapes"),
        ("from app import migrate\nx = migrate(bind=[op])", "bind-escapes"),
        ("exec('op.run(1)')", "external-helper"),
        ("import subprocess\nsubprocess.run(['psql'])", "external-helper"),
        ("import os\nos.system('psql')", "external-helper"),
        ("def f(n):\n    return f(n - 1) + f(n - 2)\nf(50)", "budget-exceeded"),
        ("{}['x']", "raises"),
        ("f = lambda: op.run(1)\nreturn f", "call-site-not-reached"),
        ("def inner():\n    op.run(1)\nx = inner", "call-site-not-reached"),
    ],
)
def test_what_could_hide_something_is_reported(code: str, reason: str) -> None:
    assert reason in reasons(body(code))


@pytest.mark.parametrize(
    "code",
    [
        "import logging\nlog = logging.getLogger('x')\nlog.info('x %s', op)",
        "print('x')",
        "from app import get_logger\nget_logger().warning('x')",
        "import time\ntime.sleep(1)",
        "x = []\nfor r in db.rows():\n    x.append(r)",
        "if False:\n    op.run(1)",
        "return\nop.run(1)",
        "def never():\n    op.run(1)",
    ],
)
def test_what_hides_nothing_is_silent(code: str) -> None:
    assert reasons(body(code)) == []


def test_a_function_handed_to_unknown_code_may_run() -> None:
    result = body("from app import retry\ndef work():\n    op.run(1)\nretry(work)")
    assert with_guards(result) == [(1, ("app.retry calls work",))]
    assert reasons(result) == ["external-helper"]


def test_the_way_back_starts_from_the_modules_own_state() -> None:
    made = interpreter(
        "from front import op\nX = [1]\ndef upgrade():\n    X.append(2)\ndef downgrade():\n    op.run(X)"
    )
    made.run_module()
    made.call("upgrade")
    assert recorded(made.call("downgrade")) == [[1]]


def test_spans_count_characters() -> None:
    text = "from front import op\n# é\r\ndef upgrade():\r\n    x = 'ü'; op.run('ö')\r\n"
    made = interpreter(text)
    made.run_module()
    site = made.call("upgrade").events[0].site
    assert text[site.span.start : site.span.end] == "op.run('ö')"


def test_newer_syntax_is_named() -> None:
    result = interpreter("def upgrade(:\n    pass").run_module()
    assert [place.reason for place in result.unresolved] == [Reason.SYNTAX_UNSUPPORTED]
    assert "Python 3." in result.unresolved[0].detail


def test_limits_are_the_same_on_every_run() -> None:
    ends = [len(body("for x in range(900):\n    op.run(x)", Limits(steps=500)).events) for _ in range(2)]
    assert ends[0] == ends[1] > 0


def test_the_audit_counts_only_what_the_entry_reaches() -> None:
    made = interpreter("from front import op\ndef upgrade():\n    op.run(1)\ndef downgrade():\n    op.run(2)")
    made.run_module()
    seen: list[ast.Call] = []

    def wanted(node: ast.Call) -> bool:
        seen.append(node)
        return calls_op(node)

    assert audit(made.call("upgrade"), wanted) == ()
    assert seen == [], "evaluated calls are not asked about, and those of downgrade() are not reached"
