"""Fields of django.contrib.gis for PostGIS. The real ones cannot be imported where GDAL and GEOS are not installed.

Types as PostGISOperations.geo_db_type gives them (django/contrib/gis/db/backends/postgis/operations.py), options as
BaseSpatialField and GeometryField have them (django/contrib/gis/db/models/fields.py), indexes as PostGISSchemaEditor
makes them (django/contrib/gis/db/backends/postgis/schema.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.expressions import Col, Func


class SpatialField(models.Field):
    """A column of a geometry, or of a raster."""

    geom_type = "GEOMETRY"
    own_options = frozenset(("dim", "geography", "srid", "spatial_index"))

    def __init__(  # Django's options
        self,
        verbose_name: object = None,
        dim: int = 2,
        geography: bool = False,
        *,
        srid: int = 4326,
        spatial_index: bool = True,
        **options: object,
    ) -> None:
        self.dim = dim
        self.geography = geography
        self.srid = srid
        self.spatial_index = spatial_index
        super().__init__(verbose_name=verbose_name, **options)

    def deconstruct(self) -> tuple[str, str, list[object], dict[str, object]]:
        name, path, args, options = super().deconstruct()
        own = {"dim": self.dim, "geography": self.geography, "srid": self.srid, "spatial_index": self.spatial_index}
        return name, path, args, {**options, **own}

    def db_type(self, connection: object) -> str:  # noqa: ARG002  # Django's signature
        if self.geom_type == "RASTER":
            return "raster"
        kind = f"{self.geom_type}Z" if self.dim == 3 else self.geom_type
        return f"{'geography' if self.geography else 'geometry'}({kind},{self.srid:d})"


def _field(geom_type: str) -> type[SpatialField]:
    return type(f"{geom_type.title()}Field", (SpatialField,), {"geom_type": geom_type, "__module__": __name__})


_TYPES: Final[Mapping[str, type[models.Field]]] = {
    "GeometryField": SpatialField,
    "PointField": _field("POINT"),
    "LineStringField": _field("LINESTRING"),
    "PolygonField": _field("POLYGON"),
    "MultiPointField": _field("MULTIPOINT"),
    "MultiLineStringField": _field("MULTILINESTRING"),
    "MultiPolygonField": _field("MULTIPOLYGON"),
    "GeometryCollectionField": _field("GEOMETRYCOLLECTION"),
    "RasterField": _field("RASTER"),
}
SPATIAL: Final[Mapping[str, type[models.Field]]] = {
    f"{module}.{name}": field
    for name, field in _TYPES.items()
    for module in ("django.contrib.gis.db.models", "django.contrib.gis.db.models.fields")
}


class SpatialEditor(BaseDatabaseSchemaEditor):
    """What the schema editor of PostGIS does besides: its indexes, and types with another number of dimensions."""

    def _field_should_be_indexed(self, model: type[models.Model], field: models.Field) -> bool:
        return getattr(field, "spatial_index", False) or super()._field_should_be_indexed(model, field)

    def _create_index_sql(
        self, model: type[models.Model], *, fields: list[models.Field] | None = None, **options: object
    ) -> object:
        if not fields or len(fields) != 1 or not isinstance(fields[0], SpatialField):
            return super()._create_index_sql(model, fields=fields, **options)
        return self._create_spatial_index_sql(model, fields[0], options.get("name"))

    def _create_spatial_index_sql(self, model: type[models.Model], field: SpatialField, name: object = None) -> object:
        given: dict[str, object] = {"fields": [field]}
        if field.geom_type == "RASTER":
            given = {"expressions": Func(Col(None, field), template="ST_ConvexHull(%(expressions)s)")}
        elif field.dim > 2 and not field.geography:
            given["opclasses"] = ["GIST_GEOMETRY_OPS_ND"]
        return super()._create_index_sql(
            model, name=name or self._spatial_index_name(model, field), using=" USING GIST", **given
        )

    def _spatial_index_name(self, model: type[models.Model], field: models.Field) -> str:
        name: str = self._create_index_name(model._meta.db_table, [field.column], "_id")  # noqa: SLF001  # as the editor of PostGIS does
        return name

    def _alter_column_type_sql(  # noqa: PLR0917  # Django's signature
        self,
        model: type[models.Model],
        old_field: models.Field,
        new_field: models.Field,
        new_type: str,
        old_collation: str | None,
        new_collation: str | None,
    ) -> object:
        if not isinstance(old_field, SpatialField) or not isinstance(new_field, SpatialField):
            return super()._alter_column_type_sql(model, old_field, new_field, new_type, old_collation, new_collation)
        forced = {(2, 3): "ST_Force3D", (3, 2): "ST_Force2D"}.get((old_field.dim, new_field.dim))
        column = self.quote_name(new_field.column)
        using = f" USING {forced}({column})::{new_type}" if forced is not None else ""
        return ((f"ALTER COLUMN {column} TYPE {new_type}{using}", []), [])

    def _alter_field(
        self, model: type[models.Model], old_field: models.Field, *rest: object, **options: object
    ) -> None:
        super()._alter_field(model, old_field, *rest, **options)
        new_field = rest[0]
        assert isinstance(new_field, models.Field)
        before, after = _has_index(old_field), _has_index(new_field)
        if after and not before:
            self.execute(self._create_spatial_index_sql(model, new_field))
        elif before and not after:
            self.execute(self._delete_index_sql(model, self._spatial_index_name(model, old_field)))


def _has_index(field: models.Field) -> bool:
    return isinstance(field, SpatialField) and field.spatial_index
