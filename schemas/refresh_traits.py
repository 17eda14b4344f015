#!/usr/bin/env python3
"""Write traits/ in this folder: what resource types do when they are created, changed and deleted (see SOURCES.md).

    pip install cfn-lint==1.58.0
    npm pack @aws-cdk/aws-service-spec@0.1.216 && tar xzf aws-cdk-aws-service-spec-0.1.216.tgz
    python3 schemas/refresh_traits.py package/db.json.gz
    UPDATE_EXPECT=1 cargo test --lib traits_are_current    # rewrites traits.bin from them

The registry schemas give the handlers with their permissions and times; the service specification gives what Ref
returns where that is not the primary identifier, ARN shapes, types that hold data, defaults, and where it has another
opinion about replacement than the schema. No sentence is taken. What resources/ already holds is not repeated.
"""

import gzip
import json
import os
import sys

import cfnlint
from cfnlint import helpers

from refresh import DATA, VERSION, fresh, load, save

SPEC = "0.1.216"


def handlers(schema):
    """Each handler with its permissions, sorted, and the minutes it may take if that is said."""
    out = {}
    for name, about in schema.get("handlers", {}).items():
        one = {"permissions": sorted({action for action in about.get("permissions", []) if ":" in action})}
        if "timeoutInMinutes" in about:
            one["timeout"] = about["timeoutInMinutes"]
        out[name] = one
    return out


def top(schema, keyword):
    """The names of the top-level properties that a list of pointers touches."""
    return {pointer.split("/")[2] for pointer in schema.get(keyword, []) if pointer.startswith("/properties/")}


def specification(path):
    """The facts of the service specification by type."""
    with gzip.open(path, "rt", encoding="utf-8") as source:
        entities = json.load(source)["schema"]["resource"]["entities"]
    return {entity["cloudFormationType"]: entity for entity in entities}


def traits(schema, entity):
    """What is kept of one type."""
    out = {}
    if schema.get("handlers"):
        out["handlers"] = handlers(schema)
    if permissions := schema.get("tagging", {}).get("permissions"):
        out["tag_permissions"] = sorted(set(permissions))
    if entity is None:
        return out
    if "cfnRefIdentifier" in entity:
        out["ref"] = entity["cfnRefIdentifier"]
    if "arnTemplate" in entity:
        out["arn"] = entity["arnTemplate"]
    if entity.get("isStateful"):
        out["stateful"] = True
    said = top(schema, "createOnlyProperties") | top(schema, "conditionalCreateOnlyProperties")
    said |= top(schema, "readOnlyProperties")
    replaces, defaults = {}, {}
    for name, about in entity["properties"].items():
        if name not in said and about.get("causesReplacement") in ("yes", "maybe"):
            replaces[name] = about["causesReplacement"]
        if "defaultValue" in about and about["defaultValue"] != "null":
            defaults[name] = json.loads(about["defaultValue"])
    can_update = "handlers" not in schema or "update" in schema["handlers"]
    if replaces and can_update:
        out["replaces"] = replaces
    if defaults:
        out["defaults"] = defaults
    return out


def main():
    if cfnlint.version.__version__ != VERSION:
        sys.exit(f"this needs cfn-lint {VERSION}")
    spec = specification(sys.argv[1])
    fresh("traits")
    digests = {}
    for region in sorted(helpers.REGIONS):
        path = os.path.join(DATA, "schemas", "providers", region + ".json")
        if os.path.exists(path):
            digests.update(load(path))
    services = {}
    for name, digest in sorted(digests.items()):
        found = traits(load(os.path.join(DATA, "schemas", "resources", digest + ".json")), spec.get(name))
        if found:
            services.setdefault("-".join(name.split("::")[:2]), {})[name] = found
    for service, types in services.items():
        save(f"traits/{service}.json", types)


if __name__ == "__main__":
    main()
