#!/usr/bin/env python3
"""Write the tables of the SAM transform in sam/ from the PyPI package aws-sam-translator (see SOURCES.md).

    pip install aws-sam-translator==1.115.0
    python3 schemas/refresh_sam.py

Only facts are taken, and the order of categories, statements and keys is kept: the transform writes them in that order.
"""

import importlib.metadata
import json
import os
import sys

PACKAGE = "aws-sam-translator"
VERSION = "1.115.0"
HERE = os.path.dirname(os.path.abspath(__file__))
WIDTH = 116


def write(value, indent=0):
    """JSON in the given order, broken into lines only where a line would be too long."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= WIDTH or not isinstance(value, (dict, list)) or not value:
        return flat
    pad = " " * (indent + 1)
    if isinstance(value, dict):
        parts = [pad + json.dumps(key, ensure_ascii=False) + ": " + write(part, indent + 1) for key, part in value.items()]
        return "{\n" + ",\n".join(parts) + "\n" + " " * indent + "}"
    return "[\n" + ",\n".join(pad + write(part, indent + 1) for part in value) + "\n" + " " * indent + "]"


def save(name, value):
    path = os.path.join(HERE, "sam", name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as out:
        out.write(write(value) + "\n")


# What a link generates.
PRODUCTS = {
    "AWS_IAM_ROLE_MANAGED_POLICY": "role-policy",
    "AWS_LAMBDA_PERMISSION": "function-permission",
    "AWS_SQS_QUEUE_POLICY": "queue-policy",
    "AWS_SNS_TOPIC_POLICY": "topic-policy",
}
# What must wait for it.
WAITING = {None: None, "DESTINATION_EVENT_SOURCE_MAPPING": "event-source-mapping", "SOURCE": "source"}


def connectors():
    """connectors.json: how to name each end of a connector, and what links two types."""
    from samtranslator.model.connector_profiles.profile import PROFILE

    ends = {}
    for name, facts in PROFILE["CfnResourceProperties"].items():
        assert set(facts) <= {"Inputs", "Outputs"}
        end = {key.lower(): value for key, value in facts["Outputs"].items()}
        role = facts.get("Inputs", {}).get("Role")
        if role == {"Function": "GetEventsRuleRole"}:
            role = "Targets"
        if role:
            end["role"] = role
        ends[name] = end
    links = {}
    for source, destinations in PROFILE["Permissions"].items():
        for destination, facts in destinations.items():
            properties = facts["Properties"]
            known = {"SourcePolicy", "DependedBy", "AccessCategories", "ValidAccessCategories"}
            assert set(facts) <= {"Type", "Properties", "_comment"} and set(properties) <= known
            link = {
                "product": PRODUCTS[facts["Type"]],
                "on": "source" if properties["SourcePolicy"] else "destination",
                "waiting": WAITING[properties.get("DependedBy")],
                "together": properties.get("ValidAccessCategories"),
                "access": {
                    category: content["Statement"] if set(content) == {"Statement"} else content
                    for category, content in properties["AccessCategories"].items()
                },
            }
            links.setdefault(source, {})[destination] = {key: value for key, value in link.items() if value is not None}
    save("connectors.json", {"ends": ends, "links": links})


def policy_templates():
    """Statements with a `Ref` for each parameter; descriptions are left out."""
    import samtranslator

    folder = os.path.dirname(samtranslator.__file__)
    with open(os.path.join(folder, "policy_templates_data", "policy_templates.json"), encoding="utf-8") as source:
        templates = json.load(source)["Templates"]
    for facts in templates.values():
        assert set(facts) == {"Definition", "Description", "Parameters"} and set(facts["Definition"]) == {"Statement"}
    kept = {
        name: {"parameters": list(facts["Parameters"]), "statement": facts["Definition"]["Statement"]}
        for name, facts in sorted(templates.items())
    }
    save("policy_templates.json", kept)


def managed_policies():
    """A line for each name: name, path in the ARN, the partitions that have it; sorted, to be searched by bisection."""
    import samtranslator

    folder = os.path.dirname(samtranslator.__file__)
    with open(os.path.join(folder, "internal", "data", "aws_managed_policies.json"), encoding="utf-8") as source:
        partitions = json.load(source)
    rows = {}
    for partition, policies in partitions.items():
        for name, arn in policies.items():
            start = f"arn:{partition}:iam::aws:policy/"
            assert arn.startswith(start)
            rows.setdefault((name, arn[len(start):]), []).append(partition)
    with open(os.path.join(HERE, "sam", "managed_policies.tsv"), "w", encoding="utf-8") as out:
        for (name, path), where in sorted(rows.items()):
            out.write(f"{name}\t{path}\t{','.join(where)}\n")


def main():
    if importlib.metadata.version(PACKAGE) != VERSION:
        sys.exit(f"this needs {PACKAGE} {VERSION}; a newer one needs a look at what changed, then VERSION here")
    connectors()
    policy_templates()
    managed_policies()


if __name__ == "__main__":
    main()
