"""Records what SOPS itself does: ``python -m tests.stores.sops.record PATH/TO/sops``.

It writes ``fixtures/stores/sops/recorded.json``: random configurations and paths with the
recipients and the selection that SOPS chose for a file, and random selections with the values that
it encrypted. Recorded with SOPS 3.11.0.
"""

import json
import subprocess
import sys
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import yaml

FILE = Path(__file__).parents[3] / "fixtures" / "stores" / "sops" / "recorded.json"
AGES = (
    "age17d7wsuj4d8lktl44eys7kmvv44evkgphje3h2603ew987d0j73pqn80xm4",
    "age1tptjdzv806n23v979rahjwvrt79mz2efsvzpnxp9la78w9kmagksx72m2r",
    "age173uda95ky2nq0z00evhaz3w9nnyumwr88mrlemxd55xeqzmwe4pqrg47q4",
    "age1w2kcs898argh6chzjh84mhfvf2949gxa7rj8wqxtt7r73jej4v6qgxw6e7",
)
REGEXES = (
    *("prod", "^prod", "prod$", r"\.yaml$", r"secret.*\.yaml$", "^secret", "/prod/", ".*"),
    *("(prod|dev)/.*", r"^apps/[^/]+/secret\.yaml$", "(?i)PROD", r"\d+", "", "[", "(?!prod)"),
    *(r"\w+/\w+\.yaml", "^repo/", r"\.enc\.", "a.*b.*c.*d", "[[:digit:]]"),
)
PATHS = (
    *("secret.yaml", "prod/secret.yaml", "apps/prod/secret.yaml", "nonprod/db.yaml"),
    *("dev/secret-1.yaml", "apps/dev/db.enc.yaml", "abcd/x.yaml", "PROD.yaml"),
)
FIELDS = ("unencrypted_suffix", "encrypted_suffix", "unencrypted_regex", "encrypted_regex")
PATTERNS = {
    "unencrypted_suffix": ("_unencrypted", "_plain", "data"),
    "encrypted_suffix": ("_secret", "Data", "password"),
    "unencrypted_regex": ("^(kind|metadata)$", "name", "a|b"),
    "encrypted_regex": ("^(data|stringData)$", "pass", "^db$", "a|b"),
}
KEYS = (
    *("data", "stringData", "metadata", "kind", "name", "password", "db", "a", "b", "x_plain"),
    *("x_unencrypted", "x_secret"),
)


def rule(random: Random) -> dict[str, Any]:
    """Return a random creation rule."""
    found: dict[str, Any] = {}
    if random.random() < 0.9:
        found["path_regex"] = random.choice(REGEXES)
    if random.random() < 0.25:
        groups = [
            {"age": random.sample(AGES, random.randrange(1, 3))}
            for _ in range(random.randrange(1, 4))
        ]
        if random.random() < 0.3:
            groups[0] = {"merge": [{"age": [AGES[0]]}, {"age": [AGES[1]]}]}
        found["key_groups"] = groups
        if random.random() < 0.5:
            found["shamir_threshold"] = random.randrange(4)
    else:
        chosen = random.sample(AGES, random.randrange(1, 4))
        found["age"] = chosen if random.random() < 0.5 else ", ".join(chosen)
    for field in random.sample(FIELDS, random.choice((0, 0, 1, 1, 1, 2))):
        found[field] = random.choice(PATTERNS[field])
    return found


def tree(random: Random, depth: int = 0) -> Any:
    """Return a random document."""
    if depth == 3 or (depth and random.random() < 0.4):
        return random.choice(("CANARY", 7, True, "", None, ["CANARY", {"a": "CANARY"}]))
    keys = random.sample(KEYS, random.randrange(1, 5))
    return {key: tree(random, depth + 1) for key in keys}


def asked(sops: str, folder: Path, path: str, *options: str) -> dict[str, Any] | None:
    """Have SOPS encrypt a file; return what it wrote, or None where it refuses."""
    done = subprocess.run(
        [sops, "--disable-version-check", "encrypt", *options, path],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    found = yaml.safe_load(done.stdout) if done.returncode == 0 else None
    return found if isinstance(found, dict) else None


def chosen(encrypted: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the part of SOPS's metadata that a creation rule decides."""
    if encrypted is None:
        return None
    metadata = encrypted["sops"]
    groups = metadata.get("key_groups") or [{"age": metadata.get("age") or []}]
    return {
        "groups": [sorted(one["recipient"] for one in group["age"]) for group in groups],
        "threshold": metadata.get("shamir_threshold", 0),
        **{field: metadata[field] for field in FIELDS if field in metadata},
    }


def encrypted_keys(value: object, keys: tuple[str, ...] = ()) -> list[list[str]]:
    """Return the keys above the encrypted values, each once."""
    found: list[list[str]] = []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += encrypted_keys(inner, (*keys, key))
    elif isinstance(value, list):
        for inner in value:
            found += encrypted_keys(inner, keys)
    elif isinstance(value, str) and value.startswith("ENC["):
        found.append(list(keys))
    return sorted({tuple(one) for one in found})  # type: ignore[return-value]


def record(sops: str) -> None:
    """Write the file."""
    random = Random(21)
    rules, values = [], []
    with TemporaryDirectory() as name:
        folder = Path(name) / "repo"
        for _ in range(150):
            config = {"creation_rules": [rule(random) for _ in range(random.randrange(1, 4))]}
            path = random.choice(PATHS)
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text("a: CANARY\n")
            (folder / ".sops.yaml").write_text(yaml.safe_dump(config))
            rules.append(
                {"config": config, "path": path, "chosen": chosen(asked(sops, folder, path))}
            )
        (folder / ".sops.yaml").unlink()
        for _ in range(100):
            field = random.choice(FIELDS)
            pattern = random.choice(PATTERNS[field])
            document = tree(random)
            (folder / "in.yaml").write_text(yaml.safe_dump(document))
            option = f"--{field.replace('_', '-')}"
            found = asked(sops, folder, "in.yaml", "--age", AGES[0], option, pattern)
            keys = encrypted_keys({k: v for k, v in (found or {}).items() if k != "sops"})
            values.append(
                {"field": field, "pattern": pattern, "document": document, "encrypted": keys}
            )
    FILE.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(one) for one in rules], [json.dumps(one) for one in values]
    text = ",\n".join(lines[0]), ",\n".join(lines[1])
    FILE.write_text(f'{{"rules": [\n{text[0]}\n],\n"values": [\n{text[1]}\n]}}\n')


if __name__ == "__main__":
    record(sys.argv[1])
