#!/usr/bin/env python3
"""Write the text sources in this folder from the PyPI package cfn-lint (see SOURCES.md).

    pip install cfn-lint==1.58.0
    python3 schemas/refresh.py            # rewrites resources/, extensions/, other/ and the tables
    UPDATE_EXPECT=1 cargo test --lib facts_are_current     # rewrites facts.bin from them

Only facts are taken: descriptions, titles, links and handlers are left out, keys are sorted, and lines are
kept short enough to read in a diff.
"""

import copy
import glob
import json
import os
import shutil
import sys

import cfnlint
from cfnlint import helpers
from cfnlint.schema import _getatts

VERSION = "1.58.0"
DATA = os.path.join(os.path.dirname(cfnlint.__file__), "data")
HERE = os.path.dirname(os.path.abspath(__file__))
WIDTH = 116

# Keywords that say nothing about what is valid, at the positions where a schema stands.
NO_FACTS = {
    "$comment", "$id", "$schema", "arrayType", "description", "documentationUrl", "examples", "handlers",
    "relationshipRef", "resourceLink", "sourceUrl", "title", "typeConfiguration",
}
MAPS = {"properties", "patternProperties", "definitions", "dependencies"}
LISTS = {"allOf", "anyOf", "oneOf", "prefixItems"}
SINGLE = {"items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"}


def strip(schema):
    """The schema without what is no fact."""
    if not isinstance(schema, dict):
        return schema
    out = {}
    for key, value in schema.items():
        if key in NO_FACTS:
            continue
        if key in MAPS and isinstance(value, dict):
            value = {name: strip(part) for name, part in value.items()}
        elif key in LISTS and isinstance(value, list):
            value = [strip(part) for part in value]
        elif key in SINGLE:
            value = strip(value)
        elif key in ("cfnContext", "cfnGather"):
            value = {**value, "schema": strip(value["schema"])}
        elif key == "tagging":
            value = {name: part for name, part in value.items() if name != "permissions"}
        out[key] = value
    return out


def write(value, indent=0):
    """JSON with sorted keys, broken into lines only where a line would be too long."""
    flat = json.dumps(value, sort_keys=True, ensure_ascii=False)
    if len(flat) + indent <= WIDTH or not isinstance(value, (dict, list)) or not value:
        return flat
    pad = " " * (indent + 1)
    if isinstance(value, dict):
        parts = [
            pad + json.dumps(key, ensure_ascii=False) + ": " + write(value[key], indent + 1) for key in sorted(value)
        ]
        return "{\n" + ",\n".join(parts) + "\n" + " " * indent + "}"
    if all(not isinstance(part, (dict, list)) for part in value):
        lines, line = [], pad
        for at, part in enumerate(value):
            text = json.dumps(part, ensure_ascii=False) + ("," if at + 1 < len(value) else "")
            if len(line) + len(text) > WIDTH and line.strip():
                lines.append(line.rstrip())
                line = pad
            line += text + " "
        lines.append(line.rstrip())
        return "[\n" + "\n".join(lines) + "\n" + " " * indent + "]"
    return "[\n" + ",\n".join(pad + write(part, indent + 1) for part in value) + "\n" + " " * indent + "]"


def save(path, value):
    path = os.path.join(HERE, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as out:
        out.write(write(value) + "\n")


def load(path):
    with open(path, encoding="utf-8") as source:
        return json.load(source)


def fresh(folder):
    shutil.rmtree(os.path.join(HERE, folder), ignore_errors=True)


def spell(regions, every):
    """Regions as text: `all`, `all -a -b`, or the list, whichever is shorter."""
    missing = [region for region in every if region not in regions]
    if len(missing) < len(regions):
        return " ".join(["all"] + ["-" + region for region in missing])
    return " ".join(region for region in every if region in regions)


def resources():
    """One file per service with the schema of each type; regions.json; availability.json."""
    fresh("resources")
    providers, every = {}, sorted(helpers.REGIONS)
    for path in glob.glob(os.path.join(DATA, "schemas", "providers", "*.json")):
        name = os.path.basename(path)[: -len(".json")]
        if name != "sam":
            providers[name] = load(path)
    unknown = set(providers) - set(every)
    every = sorted(set(every) | unknown)
    for provider in providers.values():
        provider.update(load(os.path.join(DATA, "schemas", "providers", "sam.json")))
    regions = {}
    for region in every:
        regions[region] = {"zones": sorted(helpers.AVAILABILITY_ZONES.get(region, []))}
        if region not in providers:
            regions[region]["types_of"] = "us-east-1"
    save("regions.json", regions)

    digest, where = {}, {}
    for region, provider in providers.items():
        for name, content in provider.items():
            if digest.setdefault(name, content) != content:
                sys.exit(f"{name} differs between regions: the store has one schema per type")
            where.setdefault(name, set()).add(region)
    services = {}
    for name, content in digest.items():
        schema = strip(load(os.path.join(DATA, "schemas", "resources", content + ".json")))
        assert schema.pop("typeName") == name
        services.setdefault("-".join(name.split("::")[:2]), {})[name] = schema
    for service, types in services.items():
        save(f"resources/{service}.json", types)
    known = [region for region in every if region in providers]
    save("availability.json", {name: spell(found, known) for name, found in where.items()})


def regional(value):
    """Whether this is a table with a list of values for each region."""
    return isinstance(value, dict) and "us-east-1" in value


def by_value(lists, every):
    """Values with the regions that have them, from regions with the values that they have."""
    where = {}
    for region, values in lists.items():
        for value in values:
            where.setdefault(value, set()).add(region)
    return {"regions": spell(set(lists), every), "values": {name: spell(found, sorted(lists)) for name, found in where.items()}}


def cases(table, every):
    """The same for lists that hold only if other properties say something: one entry per condition."""
    found = {}
    for region, schema in table.items():
        for part in schema.get("allOf", [{"if": None, "then": {"properties": {"": schema}}}]):
            assert set(part) == {"if", "then"} and set(part["then"]) == {"properties"}
            (name, values), = part["then"]["properties"].items()
            assert set(values) == {"enum"}
            key, again = (json.dumps(part["if"], sort_keys=True), name), 0
            while found.get((*key, again), {}).get(region, values["enum"]) != values["enum"]:
                again += 1
            found.setdefault((*key, again), {})[region] = values["enum"]
    rows = []
    for (condition, name, _), lists in sorted(found.items()):
        row = by_value(lists, every)
        if name:
            row.update({"if": json.loads(condition), "property": name})
        rows.append(row)
    return rows


def share_lists(schema):
    """The schema with each long list of values written once, as a definition."""
    definitions = {}

    def walk(part):
        if isinstance(part, list):
            return [walk(one) for one in part]
        if not isinstance(part, dict):
            return part
        if set(part) == {"enum"} and len(part["enum"]) > 20:
            text = json.dumps(part)
            name = definitions.setdefault(text, f"values_{len(definitions) + 1:02}")
            return {"$ref": "#/definitions/" + name}
        return {name: walk(value) for name, value in part.items()}

    schema = walk(schema)
    return {**schema, "definitions": {name: json.loads(text) for text, name in definitions.items()}}


def folders(kind):
    """The schemas of a folder, one file per sub-folder; lists per region go to regional/."""
    fresh(kind)
    fresh("regional")
    every = sorted(helpers.REGIONS)
    for folder in sorted(glob.glob(os.path.join(DATA, "schemas", kind, "*", ""))):
        schemas, lists = {}, {}
        for path in sorted(glob.glob(os.path.join(folder, "*.json"))):
            name = os.path.basename(path)[: -len(".json")]
            value = load(path)
            if regional(value):
                table = {region: part for region, part in value.items() if region not in ("all", "description")}
                lists[name] = cases(table, every)
            elif os.path.getsize(path) > 1_000_000:
                schemas[name] = share_lists(strip(value))
            else:
                schemas[name] = strip(value)
        place = os.path.basename(os.path.dirname(folder))
        if schemas:
            save(f"{kind}/{place}.json", schemas)
        if lists:
            save(f"regional/{place}.json", lists)


def tables():
    """Facts that the package keeps in tables: attributes, runtimes, stateful types, actions of policies."""
    save("attributes.json", {
        "every_property": sorted(_getatts._all_property_types),
        "also": {name: sorted(names) for name, names in _getatts._exceptions.items()},
    })
    more = os.path.join(DATA, "AdditionalSpecs")
    save("tables/policy_actions.json", {
        service: {
            "actions": {name: sorted(about.get("Resources", [])) for name, about in facts["Actions"].items()},
            "resources": {name: about["ARNFormats"] for name, about in facts["Resources"].items()},
        }
        for service, facts in load(os.path.join(more, "Policies.json")).items()
    })
    save("tables/lambda_runtimes.json", load(os.path.join(more, "LmbdRuntimeLifecycle.json")))
    save("tables/stateful_types.json", load(os.path.join(more, "StatefulResources.json"))["ResourceTypes"])


def machines():
    """State machines: what the States Language allows beyond the schema, and the same machine in JSONata.

    Facts from the States Language specification and the Step Functions developer guide (JSONata).
    """
    place = "other/step_functions.json"
    saved = load(os.path.join(HERE, place))
    machine = saved["statemachine"]
    states = machine["definitions"]
    path = {"type": ["string", "null"], "pattern": "^\\$"}
    states["succeed"]["properties"].update(
        InputPath=path, OutputPath=path, QueryLanguage={"$ref": "#/definitions/queryLanguage"})
    states["pass"]["properties"]["ResultPath"] = path
    # Every partition has state machines.
    resource = states["task"]["properties"]["Resource"]
    resource["pattern"] = resource["pattern"].replace("^arn:aws:", "^arn:aws[a-z-]*:")
    text = copy.deepcopy(machine)
    states = text["definitions"]
    del states["common"], states["choice"]["allOf"], states["choice"]["definitions"]
    states["queryLanguage"] = {"const": "JSONata"}
    for name in ("choice", "fail", "map", "parallel", "pass", "succeed", "task", "wait"):
        states[name].pop("$ref", None)
        members = states[name]["properties"]
        for member, schema in members.items():
            if member.endswith("Path") or member in ("Parameters", "ResultSelector"):
                members[member] = False
            elif schema.get("type") in ("number", "integer"):
                # An expression in `{% %}` may stand for any number.
                members[member] = {**schema, "type": [schema["type"], "string"]}
        if name != "succeed":
            members["Arguments"] = {}
        members["Output"] = {}
    states["choice"]["properties"]["Choices"]["items"] = {
        "type": "object",
        "required": ["Condition", "Next"],
        "additionalProperties": False,
        "properties": {
            "Assign": {"type": "object"},
            "Comment": {"type": "string"},
            "Condition": {"type": "string"},
            "Next": {"type": "string", "pattern": "^.{1,128}$"},
            "Output": {},
        },
    }
    save(place, {"statemachine": machine, "statemachine_jsonata": text})


def main():
    if cfnlint.version.__version__ != VERSION:
        sys.exit(f"this needs cfn-lint {VERSION}; a newer one needs a look at what changed, then VERSION here")
    resources()
    folders("other")
    folders("extensions")
    machines()
    tables()
    date = load(os.path.join(DATA, "schemas", "version.json"))["schema_date"]
    save("version.json", {"package": "cfn-lint " + VERSION, "date": date[:10]})


if __name__ == "__main__":
    main()
