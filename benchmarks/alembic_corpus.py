"""A generated Alembic project: revisions that Alembic itself can run with `--sql`, the same ones on every run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_INI = "[alembic]\nscript_location = %(here)s/migrations\n"
_ENV = """from alembic import context

context.configure(dialect_name="postgresql", literal_binds=True, dialect_opts={"paramstyle": "named"})
with context.begin_transaction():
    context.run_migrations()
"""
_HEAD = '''"""change {number}

Revision ID: {name}
Revises: {after}
Create Date: 2024-01-01 10:00:00.000000

"""
from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

# revision identifiers, used by Alembic.
revision = {name!r}
down_revision = {after!r}
branch_labels = None
depends_on = None


def upgrade():
{up}

def downgrade():
{down}
'''
_TABLE = """    op.create_table(
        'event_{n}',
        sa.Column('id', sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column('name', sa.String(length=255), nullable=False),
        sa.Column('kind', sa.Enum('new', 'paid', 'sent', name='kind_{n}'), nullable=True),
        sa.Column('amount', sa.Numeric(precision=12, scale=2), server_default='0', nullable=False),
        sa.Column('data', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column('owner_id', sa.BigInteger(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
        sa.ForeignKeyConstraint(['owner_id'], ['event_{before}.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index(op.f('ix_event_{n}_name'), 'event_{n}', ['name'], unique=False)
"""
_TABLE_BACK = """    op.drop_index(op.f('ix_event_{n}_name'), table_name='event_{n}')
    op.drop_table('event_{n}')
"""
_FIRST = _TABLE.replace(
    "        sa.ForeignKeyConstraint(['owner_id'], ['event_{before}.id'], ondelete='CASCADE'),\n", ""
)
_COLUMN = """    op.add_column('event_{t}', sa.Column('state_{n}', sa.String(length=40), nullable=True))
    op.add_column('event_{t}', sa.Column('seen_{n}', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index('ix_state_{n}', 'event_{t}', ['state_{n}', 'created_at'], unique=False)
"""
_COLUMN_BACK = """    op.drop_index('ix_state_{n}', table_name='event_{t}')
    op.drop_column('event_{t}', 'seen_{n}')
    op.drop_column('event_{t}', 'state_{n}')
"""
_KEY = """    with op.batch_alter_table('event_{t}', schema=None) as batch_op:
        batch_op.add_column(sa.Column('other_{n}', sa.BigInteger(), nullable=True))
        batch_op.create_foreign_key('fk_other_{n}', 'event_{before}', ['other_{n}'], ['id'], ondelete='SET NULL')
        batch_op.create_unique_constraint('uq_other_{n}', ['other_{n}', 'name'])
"""
_KEY_BACK = """    with op.batch_alter_table('event_{t}', schema=None) as batch_op:
        batch_op.drop_constraint('uq_other_{n}', type_='unique')
        batch_op.drop_constraint('fk_other_{n}', type_='foreignkey')
        batch_op.drop_column('other_{n}')
"""
_DATA = """    op.add_column('event_{t}', sa.Column('total_{n}', sa.Integer(), nullable=True))
    event = sa.table('event_{t}', sa.column('total_{n}', sa.Integer), sa.column('id', sa.Integer))
    op.execute(event.update().where(event.c.total_{n}.is_(None)).values(total_{n}=0))
    op.execute("UPDATE event_{t} SET name = 'none' WHERE name = ''")
    op.alter_column('event_{t}', 'total_{n}', existing_type=sa.Integer(), nullable=False)
"""
_DATA_BACK = "    op.drop_column('event_{t}', 'total_{n}')\n"
_CHANGE = """    op.alter_column('event_{t}', 'name', existing_type=sa.String(length=255), type_=sa.Text())
    op.create_check_constraint('ck_amount_{n}', 'event_{t}', 'amount >= 0')
    op.execute("CREATE INDEX ix_lower_{n} ON event_{t} (lower(name)) WHERE amount > 0")
"""
_CHANGE_BACK = """    op.drop_index('ix_lower_{n}', table_name='event_{t}')
    op.drop_constraint('ck_amount_{n}', 'event_{t}', type_='check')
    op.alter_column('event_{t}', 'name', existing_type=sa.Text(), type_=sa.String(length=255), nullable=False)
"""
_KINDS = (
    (_TABLE, _TABLE_BACK),
    (_COLUMN, _COLUMN_BACK),
    (_KEY, _KEY_BACK),
    (_DATA, _DATA_BACK),
    (_CHANGE, _CHANGE_BACK),
)


def project(root: Path, count: int) -> Path:
    """A project of `count` revisions in one line: a fifth make a table, the others change one that is there."""
    versions = root / "migrations" / "versions"
    versions.mkdir(parents=True)
    (root / "alembic.ini").write_text(_INI)
    (root / "migrations" / "env.py").write_text(_ENV)
    for number, text in enumerate(_revisions(0, count)):
        (versions / f"{_name(number)}_change.py").write_text(text)
    return root


def add_revision(root: Path, number: int) -> str:
    """One more revision behind `number` others. Returns its id."""
    (root / "migrations" / "versions" / f"{_name(number)}_change.py").write_text(next(_revisions(number, number + 1)))
    return _name(number)


def _revisions(start: int, end: int) -> Iterator[str]:
    for number in range(start, end):
        up, down = _KINDS[number % len(_KINDS)]
        tables = number // len(_KINDS)  # the last one that is there
        words = {
            "n": number if number % len(_KINDS) else tables,
            "t": tables * 7 % (tables + 1),
            "before": max(tables - 1, 0),
        }
        yield _HEAD.format(
            number=number,
            name=_name(number),
            after=_name(number - 1) if number else None,
            up=(up if number else _FIRST).format(**words),
            down=down.format(**words),
        )


def _name(number: int) -> str:
    """An id as Alembic makes them: 12 hexadecimal digits, in no order."""
    return f"{(number + 1) * 0x9E3779B97F4A % (1 << 48):012x}"
