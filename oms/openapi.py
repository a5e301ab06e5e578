"""The API as it describes itself: every refusal a problem, every path with its token."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from oms.porch import OPEN_PATHS
from oms.problems import KINDS, MEDIA_TYPE
from oms_client.contract import Problem

ALWAYS = (401, 403, 413, 422, 429, 503)
REF = "#/components/schemas/{model}"


def describe(app: FastAPI) -> None:
    """Have the app publish what it really answers."""

    def made() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _schema(app)
        return app.openapi_schema

    app.openapi = made  # type: ignore[method-assign]  # FastAPI's own way to replace it


def _schema(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
    components = schema["components"]
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    models = components["schemas"]
    models["Problem"] = Problem.model_json_schema(ref_template=REF)
    for name in ("HTTPValidationError", "ValidationError"):
        models.pop(name, None)
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            operation["responses"].pop("422", None)
            if path in OPEN_PATHS:
                operation["security"] = []  # for supervisors: that we live, and whether we protect
                continue
            operation["security"] = [{"token": []}]
            statuses = set(ALWAYS)
            if "{" in path:
                statuses.add(404)
            if method == "post":
                statuses |= {400, 404, 409}
            for status in sorted(statuses):
                operation["responses"].setdefault(str(status), _problem(status))
    return schema


def _problem(status: int) -> dict[str, Any]:
    kind, following = KINDS[status]
    reference = {"schema": {"$ref": REF.format(model="Problem")}}
    answer: dict[str, Any] = {
        "description": f"{kind}: {following}",
        "content": {MEDIA_TYPE: reference},
    }
    if status == 429:
        answer["headers"] = {
            "Retry-After": {"description": "seconds", "schema": {"type": "integer"}}
        }
    return answer
