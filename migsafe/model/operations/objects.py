"""Objects other than tables and indexes."""

from __future__ import annotations

from migsafe.model.definitions import Constraint, Persistence
from migsafe.model.expressions import Expression, Query, TypeName
from migsafe.model.names import Name
from migsafe.model.operations.base import Operation
from migsafe.model.scopes import Scope


class CreateView(Operation):
    """`columns` are the names that the statement gives to the first columns."""

    view: Name
    query: Query
    columns: tuple[str, ...] = ()
    scope: Scope | None = None
    or_replace: bool = False
    persistence: Persistence = Persistence.PERMANENT
    options: tuple[str, ...] = ()  # names in WITH (…)


class CreateMaterializedView(Operation):
    view: Name
    query: Query
    columns: tuple[str, ...] = ()
    scope: Scope | None = None
    with_data: bool = True
    if_not_exists: bool = False


class RefreshMaterializedView(Operation):
    view: Name
    concurrently: bool = False
    with_data: bool = True


class DropView(Operation):
    view: Name
    materialized: bool = False
    if_exists: bool = False
    cascade: bool = False


class CreateSequence(Operation):
    sequence: Name
    owned_by: tuple[Name, str] | None = None  # table and column
    if_not_exists: bool = False
    persistence: Persistence = Persistence.PERMANENT


class AlterSequence(Operation):
    sequence: Name
    owned_by: tuple[Name, str] | None = None
    if_exists: bool = False
    options: tuple[str, ...] = ()  # lower case, such as "restart", "as", "owned_by"


class DropSequence(Operation):
    sequence: Name
    if_exists: bool = False
    cascade: bool = False


class CreateTrigger(Operation):
    table: Name
    name: str
    function: Name
    events: tuple[str, ...] = ()
    update_columns: tuple[str, ...] = ()
    when_columns: tuple[str, ...] = ()
    timing: str = "after"  # "before", "after", "instead of"
    row: bool = False
    constraint: bool = False
    referenced: Name | None = None  # FROM of a constraint trigger
    or_replace: bool = False


class DropTrigger(Operation):
    table: Name
    name: str
    if_exists: bool = False
    cascade: bool = False


class RenameTrigger(Operation):
    table: Name
    name: str
    new_name: str


class CreateRule(Operation):
    table: Name
    name: str
    event: str = "select"
    or_replace: bool = False
    reads: tuple[Name, ...] = ()
    writes: tuple[Name, ...] = ()  # that its INSERT, UPDATE and DELETE change
    columns: tuple[str, ...] = ()  # of the table, by way of NEW and OLD


class DropRule(Operation):
    table: Name
    name: str
    if_exists: bool = False
    cascade: bool = False


class RenameRule(Operation):
    table: Name
    name: str
    new_name: str


class CreatePolicy(Operation):
    table: Name
    name: str
    columns: tuple[str, ...] = ()  # columns that USING and WITH CHECK name
    reads: tuple[Name, ...] = ()


class AlterPolicy(Operation):
    table: Name
    name: str
    columns: tuple[str, ...] = ()
    reads: tuple[Name, ...] = ()
    new_name: str | None = None


class DropPolicy(Operation):
    table: Name
    name: str
    if_exists: bool = False
    cascade: bool = False


class CreateStatistics(Operation):
    table: Name
    name: Name | None = None
    columns: tuple[str, ...] = ()
    expressions: bool = False  # an element is more than a column
    if_not_exists: bool = False


class CreateEnum(Operation):
    type: Name
    values: tuple[str, ...] = ()


class AddEnumValue(Operation):
    type: Name
    value: str
    if_not_exists: bool = False
    neighbour: str | None = None  # of BEFORE and AFTER


class RenameEnumValue(Operation):
    type: Name
    value: str
    new_value: str


class CreateCompositeType(Operation):
    type: Name
    attributes: tuple[tuple[str, TypeName], ...] = ()


class AlterCompositeType(Operation):
    """ALTER TYPE … ADD, DROP, ALTER or RENAME ATTRIBUTE (`action` is the first word, lower case)."""

    type: Name
    action: str
    attribute: str
    new_type: TypeName | None = None
    new_name: str | None = None
    cascade: bool = False


class CreateType(Operation):
    """A base, range or shell type: `form` is "base", "range" or "shell"."""

    type: Name
    form: str


class CreateDomain(Operation):
    domain: Name
    base: TypeName
    default: Expression | None = None
    constraints: tuple[Constraint, ...] = ()  # NotNull (column "") and Check


class AlterDomain(Operation):
    """ALTER DOMAIN. `action`: "add-constraint", "drop-constraint", "validate-constraint", "rename-constraint",
    "set-not-null", "drop-not-null", "set-default", "drop-default"."""

    domain: Name
    action: str
    constraint: Constraint | None = None
    name: str | None = None  # of the constraint
    new_name: str | None = None
    if_exists: bool = False


class CreateFunction(Operation):
    """CREATE FUNCTION and CREATE PROCEDURE."""

    function: Name
    arguments: tuple[TypeName, ...] = ()
    returns: TypeName | None = None
    language: str = "sql"
    body: str | None = None  # the source text as a string constant, or the SQL-standard body
    volatility: str = "volatile"
    strict: bool = False
    never_inlined: bool = False  # SECURITY DEFINER or SET
    procedure: bool = False
    or_replace: bool = False
    reads: tuple[Name, ...] = ()  # relations in an SQL-standard body, which are parsed and locked at once
    scopes: tuple[Scope, ...] = ()  # the queries of an SQL-standard body: what it depends on


class DoBlock(Operation):
    """DO: the statements inside follow as children of this statement."""

    body: str
    language: str = "plpgsql"


class CallProcedure(Operation):
    procedure: Name
    arguments: int = 0


class CreateExtension(Operation):
    extension: str
    if_not_exists: bool = False
    schema: str | None = None
    cascade: bool = False


class CreateSchema(Operation):
    """The elements inside CREATE SCHEMA are further clauses of the same statement."""

    schema: str
    if_not_exists: bool = False


class DropSchema(Operation):
    schema: str
    if_exists: bool = False
    cascade: bool = False


class RenameSchema(Operation):
    schema: str
    new_name: str


class AlterPublication(Operation):
    """CREATE and ALTER PUBLICATION: `tables` are named, `columns` are those of row filters and column lists."""

    publication: str
    creates: bool = False
    action: str = "add"  # "add", "drop", "set", "options"
    tables: tuple[Name, ...] = ()
    columns: tuple[tuple[Name, tuple[str, ...]], ...] = ()
    only: tuple[Name, ...] = ()  # those of `tables` that come without their children
    filtered: bool = False  # a table has a row filter
    all_tables: bool = False
    schemas: tuple[str, ...] = ()


class CommentOn(Operation):
    """COMMENT ON. `kind` in lower case as written; `table` is set when it belongs to a relation."""

    kind: str
    table: Name | None = None
    object: str | None = None  # the column, constraint, trigger … inside the relation


class SecurityLabel(Operation):
    kind: str
    table: Name | None = None


class Grant(Operation):
    """GRANT and REVOKE on relations (`tables`), on all of a schema (`schemas`), or on anything else (`kind`)."""

    kind: str
    tables: tuple[Name, ...] = ()
    schemas: tuple[str, ...] = ()
    revokes: bool = False


class AlterDependsOnExtension(Operation):
    kind: str
    name: Name
    table: Name | None = None


class ReassignOwned(Operation):
    """REASSIGN OWNED BY: everything in the database that belongs to these roles gets a new owner."""

    owners: tuple[str, ...]
    new_owner: str


# The kinds below have no rows and no relation of their own: one operation for each verb is enough.


class CreateObject(Operation):
    """CREATE of a kind that locks no user relation: "role", "cast", "operator", "aggregate", "server" …

    A cast has its two `types`, the `context` that may use it ("implicit", "assignment", "explicit") and its `method`
    ("function", "input-output", "relabel"); casts and operators have the `function` behind them.
    """

    kind: str
    name: Name
    function: Name | None = None
    types: tuple[TypeName, ...] = ()
    context: str = ""
    method: str = ""
    or_replace: bool = False
    if_not_exists: bool = False

    @property
    def label(self) -> str:
        return f"create-{self.kind.replace(' ', '-')}"


class AlterObject(Operation):
    """ALTER of such a kind, or a rename, owner or schema change of a type, function, schema …"""

    kind: str
    name: Name
    action: str = ""  # "rename", "owner", "schema", "options"; "add" and "drop" of a member of an extension …
    new_name: str | None = None
    new_schema: str | None = None
    table: Name | None = None  # the relation that becomes a member of an extension, or no longer is one

    @property
    def label(self) -> str:
        return f"alter-{self.kind.replace(' ', '-')}"


class DropObject(Operation):
    """DROP of a kind that has no class of its own. With CASCADE it can reach columns, views and tables."""

    kind: str
    name: Name
    if_exists: bool = False
    cascade: bool = False
    arguments: tuple[TypeName, ...] | None = None  # of a function

    @property
    def label(self) -> str:
        return f"drop-{self.kind.replace(' ', '-')}"
