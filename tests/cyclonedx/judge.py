"""Judges a list of parts: by the schema of CycloneDX 1.5, and each licence as an SPDX expression. Silent if all is well."""
import json
import sys

from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation import make_schemabased_validator
from license_expression import get_spdx_licensing
from packageurl import PackageURL

words = open(sys.argv[1], encoding="utf-8").read()
if wrong := make_schemabased_validator(OutputFormat.JSON, SchemaVersion.V1_5).validate_str(words):
    sys.exit(f"the schema: {wrong}")
known = get_spdx_licensing()
for part in json.loads(words)["components"]:
    for licence in part.get("licenses", []):
        if wrong := known.validate(licence["expression"]).errors:
            sys.exit(f"{part['name']}: {wrong}")
    if "purl" in part:
        PackageURL.from_string(part["purl"])
