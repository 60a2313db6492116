"""A snapshot of some schemas only."""

from __future__ import annotations

from migsafe.statistics.catalog import Catalog
from migsafe.statistics.raw import Structure


def selected_structure(structure: Structure, schemas: tuple[str, ...]) -> Structure:
    """The relations of the schemas. What foreign keys and views name elsewhere keeps its name."""
    if not schemas:
        return structure
    relations = [row for row in structure.relations if row.schema in schemas]
    oids = {row.oid for row in relations}
    return structure._replace(
        relations=relations,
        columns=[row for row in structure.columns if row.relation in oids],
        constraints=[row for row in structure.constraints if row.relation in oids],
        indexes=[row for row in structure.indexes if row.table in oids],
        inherits=[row for row in structure.inherits if row.child in oids],
        triggers=[row for row in structure.triggers if row.relation in oids],
        policies=[row for row in structure.policies if row.relation in oids],
        rules=[row for row in structure.rules if row.relation in oids],
        view_reads=[row for row in structure.view_reads if row.reader in oids],
        owned=[row for row in structure.owned if row.sequence in oids],
        outside=[row for row in structure.relations if row.oid not in oids],
        outside_columns=[row for row in structure.columns if row.relation not in oids],
    )


def selected(catalog: Catalog, schemas: tuple[str, ...]) -> Catalog:
    """The objects of the schemas; what is not in it is unknown, not absent."""
    if not schemas:
        return catalog
    return catalog.replace(
        complete=False,
        types=tuple(each for each in catalog.types if each.name.schema in schemas),
        functions=tuple(each for each in catalog.functions if each.name.schema in schemas),
        statistics=tuple(each for each in catalog.statistics if each.name.schema in schemas),
        others=tuple(each for each in catalog.others if each.name.schema in (*schemas, None)),
    )
