"""The JSON Schema of an exercise file; ``python -m formcheck.exercise.schema > docs/exercise-schema.json`` publishes it."""

from __future__ import annotations

import json
import sys

from formcheck.exercise.library import json_schema

__all__ = ["schema_text"]


def schema_text() -> str:
    """The schema as the text that is published."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
