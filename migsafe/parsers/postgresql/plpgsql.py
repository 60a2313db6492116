"""PL/pgSQL: what a block executes, with the conditions and loops around it.

The grammar is `src/pl/plpgsql/src/pl_gram.y`. libpg_query can read PL/pgSQL but tells lines only, so the structure
is read here from the tokens: statements end with a semicolon outside of parentheses, control structures open and
close with words at the beginning of a statement. Declarations, RAISE and the like execute no SQL of interest.
"""

# ruff: noqa: SLF001  # _STATEMENTS at the end of the file is the class's own table
from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import NamedTuple, final

from migsafe.model.migration import Handler
from migsafe.model.record import Record
from migsafe.model.text import Span
from migsafe.parsers.postgresql.block_tokens import BlockTokens
from migsafe.text.lexer import TokenKind

MAX_NESTING = 500
"""Open control structures; deeper ones are not read."""


class PieceKind(Enum):
    SQL = "sql"  # a statement; `sql` is as long as the span, with INTO and its targets blanked
    EXPRESSION = "expression"  # of a condition, an assignment, RETURN: evaluated as SELECT expression
    EXECUTE = "execute"  # dynamic: `sql` is the expression that gives the text
    UNREADABLE = "unreadable"


class Surroundings(Record):
    """What decides whether and how often a piece runs."""

    guards: tuple[str, ...] = ()
    data_loop: bool = False
    count_loop: bool = False
    caught: tuple[Handler, ...] = ()  # conditions of the handlers of the blocks around it


class Piece(Record):
    kind: PieceKind
    sql: str
    span: Span
    surroundings: Surroundings


def pieces_of(body: str) -> tuple[Piece, ...]:
    """Everything that the block executes, in the order of its text."""
    reader = _Reader(body)
    return tuple(_with_handlers(piece, reader.handled) for piece in tuple(reader.read()))


class _Handled(NamedTuple):
    """A block with handlers: where its statements stand, and the conditions of the handlers that do not raise again."""

    start: int
    end: int
    conditions: list[str]


def _with_handlers(piece: Piece, blocks: list[_Handled]) -> Piece:
    around = (block for block in blocks if block.start <= piece.span.start < block.end)
    caught = tuple(Handler(condition, restores=True) for block in around for condition in block.conditions)
    return piece.replace(surroundings=piece.surroundings.replace(caught=caught)) if caught else piece


class _Frame(NamedTuple):
    """An open control structure: its word, the guard it puts around its statements, its loop kind."""

    word: str
    guard: str | None = None
    condition: str = ""  # of IF, or the operand of CASE, for the guards of later branches
    data_loop: bool = False
    count_loop: bool = False
    start: int = 0  # of the first statement of a block
    handled: _Handled | None = None


_NO_SQL = frozenset({"null", "raise", "exit", "continue", "get", "fetch", "move", "close", "assert"})
_Found = Iterator[Piece]


@final
class _Reader(BlockTokens):
    """Goes from statement to statement."""

    def __init__(self, body: str) -> None:
        super().__init__(body)
        self.frames: list[_Frame] = []
        self.started = False
        self.finished = False
        self.handled: list[_Handled] = []
        self.control: dict[str, Callable[[], _Found]] = {
            "<<": self._label,
            "declare": self._declare,
            "begin": self._begin,
            "exception": self._exception,
            "if": self._if,
            "elsif": self._elsif,
            "elseif": self._elsif,
            "else": self._else,
            "case": self._case,
            "when": self._when,
            "loop": self._loop,
            "while": self._while,
            "for": self._for,
            "foreach": self._foreach,
            "end": self._end,
        }

    def read(self) -> _Found:
        self._skip_options()
        while self.at < len(self.words):
            step = self.control.get(self.words[self.at])
            if len(self.frames) > MAX_NESTING or (step is None and not self.started):
                break
            yield from step() if step else self._statement()
            if self.finished:
                return
        yield self._unreadable()

    def _unreadable(self) -> Piece:
        start = self.tokens[self.at].start if self.at < len(self.tokens) else 0
        return Piece(PieceKind.UNREADABLE, "", Span(start, len(self.body.rstrip())), Surroundings())

    def _skip_options(self) -> None:
        """`#variable_conflict use_column` and `#option dump` come first and have no semicolon."""
        while self.at < len(self.words) and self.words[self.at].startswith("#"):
            self.at += 1
            while self.at < len(self.words) and self.words[self.at] not in ("declare", "begin", "<<", "#"):
                self.at += 1

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            tuple(frame.guard for frame in self.frames if frame.guard),
            any(frame.data_loop for frame in self.frames),
            any(frame.count_loop for frame in self.frames),
        )

    def _piece(self, kind: PieceKind, first: int, last: int) -> Piece:
        return Piece(kind, self.text(first, last), self.span(first, last), self._surroundings())

    def _expression(self, first: int, last: int) -> _Found:
        """An expression is of interest when it calls something or holds a query."""
        words = self.words[first:last]
        calls = any(
            following == "(" and self.tokens[first + index].kind in (TokenKind.WORD, TokenKind.QUOTED_WORD)
            for index, following in enumerate(words[1:])
        )
        if calls or "select" in words or "from" in words:
            yield self._piece(PieceKind.EXPRESSION, first, last)

    # Control structures.

    def _label(self) -> _Found:
        self.until(">>")
        return iter(())

    def _declare(self) -> _Found:
        """Up to BEGIN. A default is evaluated, and a bound cursor's query is what OPEN runs."""
        self.at += 1
        self.started = True
        while self.at < len(self.words) and self.words[self.at] != "begin":
            first, last = self.to_semicolon()
            yield from self._declared(first, last)

    def _declared(self, first: int, last: int) -> _Found:
        words = self.words[first:last]
        if "cursor" in words[1:4]:
            query = next((i for i in range(first, last) if self.words[i] in ("for", "is")), last)
            if query + 1 < last:
                yield self._piece(PieceKind.SQL, query + 1, last)
            return
        for index in range(first + 1, last):
            if self.words[index] in (":=", "=", "default"):
                yield from self._expression(index + 1, last)
                return

    def _begin(self) -> _Found:
        self.at += 1
        self.started = True
        self.frames.append(_Frame("begin", start=self.span(self.at, self.at).start))
        return iter(())

    def _exception(self) -> _Found:
        if self.frames:
            start, end = self.frames[-1].start, self.tokens[self.at].start
            self.handled.append(_Handled(start, end, []))
            self.frames[-1] = self.frames[-1]._replace(handled=self.handled[-1])
        self.at += 1
        self._change("an exception is caught")
        return iter(())

    def _change(self, guard: str) -> None:
        """Another branch of the innermost structure begins."""
        if self.frames:
            self.frames[-1] = self.frames[-1]._replace(guard=guard)

    def _if(self) -> _Found:
        self.at += 1
        first, last = self.until("then")
        yield from self._expression(first, last)
        condition = self.one_line(first, last)
        self.frames.append(_Frame("if", f"IF {condition}", condition))

    def _elsif(self) -> _Found:
        self.at += 1
        first, last = self.until("then")
        yield from self._expression(first, last)
        self._change(f"ELSIF {self.one_line(first, last)}")

    def _else(self) -> _Found:
        self.at += 1
        if self.frames:
            frame = self.frames[-1]
            self._change(f"ELSE of {frame.word.upper()} {frame.condition}".rstrip())
        return iter(())

    def _case(self) -> _Found:
        self.at += 1
        first, last = self.until("when")
        self.at -= 1
        yield from self._expression(first, last)
        self.frames.append(_Frame("case", None, self.one_line(first, last)))

    def _when(self) -> _Found:
        """A branch of CASE, or a handler of a block."""
        self.at += 1
        first, last = self.until("then")
        if not self.frames:
            return
        frame = self.frames[-1]
        if frame.word == "case":
            yield from self._expression(first, last)
            self._change(f"CASE {frame.condition} WHEN {self.one_line(first, last)}".replace("CASE  ", "CASE "))
        else:
            if frame.handled is not None and not self._raises_again():
                frame.handled.conditions.extend(self.words[first:last])
            self._change(f"EXCEPTION WHEN {self.one_line(first, last)}")

    def _raises_again(self) -> bool:
        """Whether the handler that begins here ends in an error in any case: RAISE alone, or RAISE EXCEPTION."""
        first, second = (*self.words[self.at : self.at + 2], "", "")[:2]
        return first == "raise" and (second in (";", "exception") or second.startswith("'"))

    def _loop(self) -> _Found:
        self.at += 1
        self.frames.append(_Frame("loop", data_loop=True))
        return iter(())

    def _while(self) -> _Found:
        self.at += 1
        first, last = self.until("loop")
        self.frames.append(_Frame("loop", data_loop=True))
        yield from self._expression(first, last)

    def _foreach(self) -> _Found:
        self.at += 1
        self.until("in")
        first, last = self.until("loop")
        yield from self._expression(first, last)
        self.frames.append(_Frame("loop", data_loop=True))

    def _for(self) -> _Found:
        """Over a range of integers (`..`), a query, a dynamic query, or a bound cursor."""
        self.at += 1
        self.until("in")
        first, last = self.until("loop")
        if ".." in self.words[first:last]:
            self.frames.append(_Frame("loop", count_loop=True))
            return
        if last - first > 1:
            yield from self._loop_query(first, last)
        self.frames.append(_Frame("loop", data_loop=True))

    def _loop_query(self, first: int, last: int) -> _Found:
        if self.words[first] == "execute":
            yield self._execute(first, last)
        elif self.words[first + 1] != "(" or self.words[first] == "(":
            yield self._sql(first, last)

    def _end(self) -> _Found:
        """END [IF | CASE | LOOP] [label] ;"""
        self.to_semicolon()
        if self.frames:
            self.frames.pop()
        self.finished = not self.frames
        return iter(())

    # Simple statements.

    def _statement(self) -> _Found:
        first, last = self.to_semicolon()
        if first == last:
            return
        word = self.words[first]
        if word in _NO_SQL:
            return
        build = _STATEMENTS.get(word)
        if build is not None:
            yield from build(self, first, last)
            return
        value = self.assigned_value(first, last)
        if value is None:
            yield self._sql(first, last)
        else:
            yield from self._expression(value, last)

    def _perform(self, first: int, last: int) -> _Found:
        """PERFORM is SELECT, and one letter longer."""
        piece = self._sql(first, last)
        yield piece.replace(sql=f"SELECT {piece.sql[len('PERFORM') :]}")

    def _return(self, first: int, last: int) -> _Found:
        following = self.words[first + 1] if first + 1 < last else ""
        if following == "query" and self.words[first + 2 : first + 3] == ["execute"]:
            yield self._execute(first + 2, last)
        elif following == "query":
            yield self._sql(first + 2, last)
        else:
            yield from self._expression(first + 1 + (following == "next"), last)

    def _open(self, first: int, last: int) -> _Found:
        """OPEN cursor [[NO] SCROLL] FOR query | EXECUTE …; a bound cursor's query was declared."""
        behind = next((i + 1 for i in range(first, last) if self.words[i] == "for"), last)
        if behind >= last:
            return
        if self.words[behind] == "execute":
            yield self._execute(behind, last)
        else:
            yield self._sql(behind, last)

    def _run(self, first: int, last: int) -> _Found:
        yield self._execute(first, last)

    def _execute(self, first: int, last: int) -> Piece:
        """EXECUTE expression [INTO …] [USING …]; the place is that of the whole."""
        depth, end = 0, last
        for index in range(first + 1, last):
            word = self.words[index]
            if depth == 0 and word in ("into", "using"):
                end = index
                break
            depth += (word == "(") - (word == ")")
        return Piece(PieceKind.EXECUTE, self.text(first + 1, end), self.span(first, last), self._surroundings())

    def _sql(self, first: int, last: int) -> Piece:
        """An SQL statement with INTO and its targets blanked (make_execsql_stmt in pl_gram.y)."""
        piece = self._piece(PieceKind.SQL, first, last)
        into = self.into(first, last)
        if into is None:
            return piece
        start, end = self.tokens[into[0]].start - piece.span.start, self.tokens[into[1] - 1].end - piece.span.start
        return piece.replace(sql=piece.sql[:start] + " " * (end - start) + piece.sql[end:])


_STATEMENTS: dict[str, Callable[[_Reader, int, int], _Found]] = {
    "perform": _Reader._perform,
    "execute": _Reader._run,
    "return": _Reader._return,
    "open": _Reader._open,
}
