"""Transactions, settings, explicit locks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from migsafe.model.locks import LockMode
from migsafe.model.migration import Clause
from migsafe.model.names import quoted
from migsafe.model.operations import (
    Begin,
    Commit,
    LockTable,
    Opaque,
    Operation,
    PrepareTransaction,
    ReleaseSavepoint,
    Rollback,
    RollbackToSavepoint,
    Savepoint,
    SetConstraints,
    SetParameter,
)
from migsafe.parsers.postgresql.data import relation_span
from migsafe.parsers.postgresql.dispatch import Clauses, operation, statement
from migsafe.parsers.postgresql.predicates import constant_of
from migsafe.parsers.postgresql.source import Source
from migsafe.parsers.postgresql.tree import (
    Node,
    bodies,
    body_of,
    child,
    children,
    flag,
    is_only,
    kind_of,
    number,
    relation_name,
    relation_names,
    text,
)

_TRANSACTIONS: dict[str, Callable[[Node], Operation]] = {
    "TRANS_STMT_BEGIN": lambda _: Begin(),
    "TRANS_STMT_START": lambda _: Begin(),
    "TRANS_STMT_COMMIT": lambda body: Commit(chain=flag(body, "chain")),
    "TRANS_STMT_ROLLBACK": lambda body: Rollback(chain=flag(body, "chain")),
    "TRANS_STMT_SAVEPOINT": lambda body: Savepoint(name=text(body, "savepoint_name")),
    "TRANS_STMT_RELEASE": lambda body: ReleaseSavepoint(name=text(body, "savepoint_name")),
    "TRANS_STMT_ROLLBACK_TO": lambda body: RollbackToSavepoint(name=text(body, "savepoint_name")),
    "TRANS_STMT_PREPARE": lambda _: PrepareTransaction(action="prepare"),
    "TRANS_STMT_COMMIT_PREPARED": lambda _: PrepareTransaction(action="commit"),
    "TRANS_STMT_ROLLBACK_PREPARED": lambda _: PrepareTransaction(action="rollback"),
}


@operation("TransactionStmt")
def transaction(body: Node, _: Source) -> Operation:
    build = _TRANSACTIONS.get(text(body, "kind"))
    return build(body) if build else Opaque(reason="this transaction statement is not analysed")


# Settings whose value is a list of identifiers (GUC_LIST_QUOTE in utils/misc/guc_tables.c): each is quoted by itself.
_LISTS_OF_NAMES = frozenset(
    {
        "search_path",
        "temp_tablespaces",
        "local_preload_libraries",
        "session_preload_libraries",
        "shared_preload_libraries",
        "unix_socket_directories",
    }
)


@statement("VariableSetStmt")
def set_parameter(body: Node, source: Source) -> Clauses:
    return tuple(source.clause(found) for found in parameters(body))


def parameters(body: Node) -> Iterator[SetParameter]:
    """What the body of a VariableSetStmt sets: several for SET TRANSACTION."""
    local = flag(body, "is_local")
    name = text(body, "name").lower()
    match text(body, "kind"):
        case "VAR_SET_MULTI":
            yield from _transaction_modes(body, name)
        case "VAR_SET_VALUE":
            yield SetParameter(name=name, value=_value(name, children(body, "args")), local=local)
        case "VAR_RESET_ALL":
            yield SetParameter(name="all", value=None)
        case _:
            yield SetParameter(name=name, value=None, local=local)


def _value(name: str, arguments: list[Node]) -> str:
    """The value as the server stores it (flatten_set_variable_args in guc_funcs.c)."""
    plain = [_plain(argument) for argument in arguments]
    return ", ".join(quoted(value) for value in plain) if name in _LISTS_OF_NAMES else ", ".join(plain)


def _plain(argument: Node) -> str:
    constant = constant_of(argument)
    if constant is None:
        return ""
    return constant[1:-1].replace("''", "'") if constant.startswith("'") else constant


def _transaction_modes(body: Node, name: str) -> Iterator[SetParameter]:
    """SET TRANSACTION is for this transaction, SET SESSION CHARACTERISTICS for those that follow."""
    local = name != "session characteristics"
    if name == "transaction snapshot":
        yield SetParameter(name="transaction_snapshot", value=_value(name, children(body, "args")), local=True)
        return
    for mode in bodies(body, "args"):
        known = text(mode, "defname")
        setting = known if local else f"default_{known}"
        yield SetParameter(name=setting, value=_plain(child(mode, "arg")), local=local)


@operation("ConstraintsSetStmt")
def set_constraints(body: Node, _: Source) -> Operation:
    return SetConstraints(names=relation_names(body, "constraints"), deferred=flag(body, "deferred"))


@statement("LockStmt")
def lock(body: Node, source: Source) -> Clauses:
    relations = [body_of(item) for item in children(body, "relations") if kind_of(item) == "RangeVar"]
    mode, nowait = LockMode(number(body, "mode")), flag(body, "nowait")
    return tuple(
        Clause(
            LockTable(table=relation_name(relation), mode=mode, nowait=nowait, only=is_only(relation)),
            relation_span(relation, len(relations), source),
        )
        for relation in relations
    )
