"""The JSON Schema of a profile; ``python -m formcheck.profiles.schema > docs/profile-schema.json`` publishes it."""

from __future__ import annotations

import json
import sys

from formcheck.profiles.profile import Profile

__all__ = ["schema_text"]


def schema_text() -> str:
    """The schema as the text that is published."""
    schema = Profile.model_json_schema() | {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "formcheck profile"}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
