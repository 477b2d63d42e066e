"""Random repositories beside random clusters: who gets what, worked out again by hand."""

from random import Random

import yaml

import rbacgraph as rg
from tests.worlds import worlds

ENC = "ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]"
NAMESPACES = ("shop", "flux-system")
NAMES = ("a", "b", "c")
KEYS = {
    "age.agekey": {"age"},
    "key.asc": {"pgp"},
    "sops.vault-token": {"vault"},
    "password": set(),
}
SHOWS = {"age.agekey", "sops.vault-token"}
RECIPIENTS = ("age:age1x", "age:age1y", "pgp:AB", "pgp:CD", "vault:transit/decrypt/k")
FIELDS = {"age": ("age", "recipient"), "pgp": ("pgp", "fp")}


def written(recipient):
    kind, _, name = recipient.partition(":")
    if kind == "vault":
        return "hc_vault", {"vault_address": "https://v", "engine_path": "transit", "key_name": "k"}
    field, of = FIELDS[kind]
    return field, {of: name}


def group_of(recipients):
    found = {}
    for field, entry in map(written, recipients):
        found.setdefault(field, []).append(entry)
    return found


class World:
    """A repository and a cluster, in which alice reads some Secrets."""

    def __init__(self, random):
        self.files = {}
        self.secrets = {}
        for namespace in NAMESPACES:
            for name in NAMES:
                if random.random() < 0.7:
                    self.secrets[namespace, name] = random.sample(list(KEYS), random.randrange(3))
        self.documents = [self.document(random, number) for number in range(random.randrange(1, 4))]
        self.flux = [
            (random.choice(NAMESPACES), random.choice(NAMES)) for _ in range(random.randrange(2))
        ]
        self.references = [
            (
                random.choice(("age", "gpg")),
                (random.choice(NAMESPACES), random.choice(NAMES)),
                random.randrange(len(self.documents)),
            )
            for _ in range(random.randrange(2))
        ]
        self.reads = random.sample(sorted(self.secrets), min(len(self.secrets), 2))

    def document(self, random, number):
        groups = [
            random.sample(RECIPIENTS, random.randrange(1, 3))
            for _ in range(random.choice((1, 1, 2)))
        ]
        place = random.choice((*NAMESPACES, "", None))
        name = random.choice(NAMES)
        sops = {"mac": ENC, "lastmodified": "2026-01-01T00:00:00Z"}
        sops |= (
            group_of(groups[0]) if len(groups) == 1 else {"key_groups": [*map(group_of, groups)]}
        )
        content = {"password": ENC, "sops": sops}
        if place is not None:
            meta = {"name": name, **({"namespace": place} if place else {})}
            content = {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "sops": sops}
            content["stringData"] = {"x": ENC}
            self.secrets.setdefault((place or "default", name), []).append("x")
        self.files[f"{number}.yaml"] = content
        return {one for group in groups for one in group}, place, name, number

    def write(self, folder):
        objects = [
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"namespace": namespace, "name": name},
                "stringData": dict.fromkeys(keys, "CANARY"),
            }
            for (namespace, name), keys in self.secrets.items()
        ]
        for number, (namespace, name) in enumerate(self.reads):
            place = {"namespace": namespace, "name": f"r{number}"}
            rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
            rbac = "rbac.authorization.k8s.io"
            objects += [
                {
                    "apiVersion": f"{rbac}/v1",
                    "kind": "Role",
                    "metadata": place,
                    "rules": [{**rule, "resourceNames": [name]}],
                },
                {
                    "apiVersion": f"{rbac}/v1",
                    "kind": "RoleBinding",
                    "metadata": place,
                    "roleRef": {"apiGroup": rbac, "kind": "Role", "name": place["name"]},
                    "subjects": [{"apiGroup": rbac, "kind": "User", "name": "alice"}],
                },
            ]
        objects += [
            {
                "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
                "kind": "Kustomization",
                "metadata": {"namespace": namespace, "name": f"k{number}"},
                "spec": {"decryption": {"provider": "sops", "secretRef": {"name": name}}},
            }
            for number, (namespace, name) in enumerate(self.flux)
        ]
        names = [
            f"secrets+{kind}-import-kubernetes://{namespace}/{name}#k?{number}.yaml"
            for kind, (namespace, name), number in self.references
        ]
        source = {"helm": {"valueFiles": names}}
        application = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"}
        objects.append({**application, "metadata": {"name": "x"}, "spec": {"source": source}})
        (folder / "cluster.yaml").write_text(yaml.safe_dump_all(objects))
        for name, content in self.files.items():
            (folder / name).write_text(yaml.safe_dump(content))

    def gets(self, folder):
        """Return what alice gets, by rounds until nothing is new."""
        named = {*self.flux}
        keys_of = {key: set(self.secrets.get(key, ())) for key in {*self.secrets, *named}}
        reached = {f"secret:{namespace}/{name}" for namespace, name in self.reads}
        while True:
            before = len(reached)
            for (namespace, name), keys in keys_of.items():
                if f"secret:{namespace}/{name}" in reached:
                    by_name = (namespace, name) in named or keys & SHOWS
                    unknown = (namespace, name) not in self.secrets
                    kinds = {
                        kind for key in (KEYS if unknown else keys) for kind in KEYS.get(key, ())
                    }
                    reached |= {
                        one
                        for recipients, *_ in self.documents
                        for one in recipients
                        if by_name and one.partition(":")[0] in kinds
                    }
            for kind, (namespace, name), number in self.references:
                if f"secret:{namespace}/{name}" in reached:
                    wanted = {"gpg": "pgp"}.get(kind, kind)
                    recipients = self.documents[number][0]
                    reached |= {one for one in recipients if one.startswith(f"{wanted}:")}
            for recipients, place, name, number in self.documents:
                if recipients & reached:
                    reached |= self.targets(folder, place, name, number)
            if len(reached) == before:
                return reached

    def targets(self, folder, place, name, number):
        if place is None:
            return {f"sops:{folder / f'{number}.yaml'}"}
        if place:
            return {f"secret:{place}/{name}"}
        there = {namespace for namespace, other in self.everything() if other == name}
        return {f"secret:{namespace}/{name}" for namespace in there}

    def everything(self):
        """Return the Secrets that there are, those that are only named too."""
        return {*self.secrets, *self.flux, *(key for _, key, _ in self.references)}


def world_of(seed):
    return World(Random(seed))


def test_alice_gets_what_a_second_reading_says(tmp_path):
    gained, tried, kinds = 0, 0, set()
    for number in worlds(world_of, 120):
        folder = tmp_path / str(number)
        folder.mkdir(exist_ok=True)
        world = world_of(number)
        tried += 1
        world.write(folder)
        cluster = rg.load(folder, bootstrap=False)
        found = {one.target for one in cluster.reach("user:alice")}
        expected = world.gets(folder)
        assert found == expected, (number, found ^ expected)
        gained += len(expected) > len(world.reads)
        kinds |= {one.partition(":")[0] for one in expected}
    assert gained > tried // 5
    assert kinds >= {"secret", "age", "pgp", "sops"}
