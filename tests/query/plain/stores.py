"""Secrets of stores outside the cluster, for ``engine.py``: by the operators' documents.

What a store's own policy would allow counts as allowed: all of it is possible, and no more.
"""

import re
from itertools import product

from tests.query.plain.identities import account
from tests.query.plain.possible import POSSIBLE
from tests.query.plain.techniques import TECHNIQUES

ESO, CSI = "external-secrets.io", "secrets-store.csi.x-k8s.io"
READS = ("get", "list", "watch", "patch", "delete")
OWN, WIDE = "SecretStore", "ClusterSecretStore"
AGENT = "vault.hashicorp.com/agent-inject"


def _auth(store):
    return store["spec"]["provider"]["vault"]["auth"]


def _ref(named):
    """The node of an object's store: kind, namespace and name."""
    return named["kind"], named["name"]


def _open(cluster, name, namespace):
    """Whether a store in no namespace lets a namespace use it; any condition is enough."""
    conditions = cluster.of(WIDE)["", name]["spec"].get("conditions")
    labels = cluster.of("Namespace")["", namespace]["metadata"]["labels"]
    return not conditions or any(
        namespace in one.get("namespaces", ())
        or any(re.search(regex, namespace) for regex in one.get("namespaceRegexes", ()))
        or _selects(one, labels)
        for one in conditions
    )


def _selects(condition, labels):
    wanted = condition.get("namespaceSelector", {}).get("matchLabels")
    return wanted is not None and wanted.items() <= labels.items()


def _login(cluster, named, namespace):
    """The login that a resource of a namespace uses; None if it may not."""
    kind, name = _ref(named)
    if kind == OWN:
        return OWN, namespace, name
    return (WIDE, "", name) if _open(cluster, name, namespace) else None


def _usable(cluster, namespace):
    """The logins that a new resource of a namespace may use, of ServiceAccounts that are there."""
    found = [(OWN, *k) for k in cluster.of(OWN) if k[0] == namespace]
    found += [(WIDE, *k) for k in cluster.of(WIDE) if _open(cluster, k[1], namespace)]
    return [one for one in found if _is_somebody(cluster, *one)]


def _is_somebody(cluster, kind, namespace, name):
    auth = _auth(cluster.of(kind)[namespace, name])
    named = auth.get("kubernetes", {}).get("serviceAccountRef")
    if named is None:
        return True
    return (named.get("namespace", namespace), named["name"]) in cluster.of("ServiceAccount")


def _operators(cluster):
    """ServiceAccounts of the operator, as its Pods say."""
    label = "app.kubernetes.io/name"
    for k, pod in cluster.of("Pod").items():
        if pod["metadata"]["labels"].get(label) == "external-secrets":
            found = k[0], pod["spec"]["serviceAccountName"]
            if found in cluster.of("ServiceAccount"):
                yield found


def logins(mine, cluster):
    """Whoever is whom a store's object names, or has the credential, logs in."""
    for kind in (OWN, WIDE):
        for k, store in cluster.of(kind).items():
            auth = _auth(store)
            named = auth.get("kubernetes", {}).get("serviceAccountRef")
            secret = auth.get("tokenSecretRef")
            place = (named or secret or {}).get("namespace", k[0])
            own = () if secret else _operators(cluster)
            whom = [(place, named["name"])] if named else own
            known = [one for one in whom if one in cluster.of("ServiceAccount")]
            if any(account(*one) in mine.of("who") for one in known):
                yield "login", (kind, *k)
            if secret and (place, secret["name"]) in mine.of("secret"):
                yield "login", (kind, *k)


def _reads(cluster):
    """What resources read: the login, the paths, the Secret."""
    for k, obj in cluster.of("ExternalSecret").items():
        spec = obj["spec"]
        login = _login(cluster, spec["secretStoreRef"], k[0])
        if login:
            paths = [f"vault:kv/data/{one['remoteRef']['key']}" for one in spec["data"]]
            yield login, paths, (k[0], spec["target"]["name"])


def _pushes(cluster):
    for k, obj in cluster.of("PushSecret").items():
        spec = obj["spec"]
        (ref,), (data,) = spec["secretStoreRefs"], spec["data"]
        login = _login(cluster, ref, k[0])
        secret = k[0], spec["selector"]["secret"]["name"]
        if login and secret in cluster.of("Secret"):
            yield login, f"vault:kv/data/{data['match']['remoteRef']['remoteKey']}", secret


def read_in_stores(mine, cluster):
    for login, paths, _ in _reads(cluster):
        yield from (("outside", path) for path in paths if login in mine.of("login"))
    for login, path, _ in _pushes(cluster):
        if login in mine.of("login"):
            yield "outside", path


def read_in_secrets(mine, cluster):
    for _, paths, secret in _reads(cluster):
        yield from (("outside", path) for path in paths if secret in mine.of("secret"))


def made_of_one(mine, cluster):
    made = {}
    for _, paths, secret in _reads(cluster):
        made.setdefault(secret, set()).update(paths)
    for secret, paths in made.items():
        if len(paths) == 1 and paths <= set(mine.of("outside")):
            yield "secret", secret


def copies(mine, cluster):
    for _, path, secret in _pushes(cluster):
        if path in mine.of("outside"):
            yield "secret", secret


def written(mine, cluster):
    for _, path, secret in _pushes(cluster):
        if secret in mine.of("secret"):
            yield "outside", path


def _class_paths(cluster, k):
    found = cluster.of("SecretProviderClass").get(k)
    if found:
        azure = found["spec"]["provider"] == "azure"
        yield "azure:keys/a" if azure else "vault:kv/data/file"


def _files(cluster, k, pod):
    """What a Pod has in its files, and whether it logs in as itself."""
    for volume in pod["spec"]["volumes"]:
        if "csi" in volume:
            for path in _class_paths(cluster, (k[0], "files")):
                yield path, path.startswith("vault")
    if AGENT in pod["metadata"].get("annotations", {}):
        yield "vault:kv/data/injected", True


def files_of_pods(mine, cluster):
    for k, pod in cluster.of("Pod").items():
        if k in mine.of("pod"):
            yield from (("outside", path) for path, _ in _files(cluster, k, pod))


def logins_of_pods(mine, cluster):
    for k, pod in cluster.of("Pod").items():
        whom = k[0], pod["spec"]["serviceAccountName"]
        if whom in cluster.of("ServiceAccount") and account(*whom) in mine.of("who"):
            yield from (("outside", path) for path, own in _files(cluster, k, pod) if own)


def _writes(mine, resource, namespace, there):
    """Whether somebody makes a custom resource, or changes one of some names."""
    names = (*mine.cluster.names, *there)
    return any(
        mine.makes(who, resource, namespace, name) for who, name in product(mine.of("who"), names)
    ) or any(
        mine.any_may(verb, resource, namespace, name)
        for verb, name in product(("patch", "update"), there)
    )


def _writes_here(mine, cluster, namespace):
    there = [k[1] for k in cluster.of("ExternalSecret") if k[0] == namespace]
    return _writes(mine, f"externalsecrets@{ESO}", namespace, there) or _writes(
        mine, f"clusterexternalsecrets@{ESO}", "", ()
    )


def _reads_one(mine, cluster, namespace):
    """Whether somebody reads a Secret of a namespace, which the resource is given."""
    names = {k[1] for k in cluster.of("Secret")} | cluster.names
    if any(mine.any_may(v, "secrets", namespace, n) for v, n in product(READS, names)):
        return True
    if any(mine.any_may(v, "secrets", namespace) for v in ("list", "watch", "deletecollection")):
        return True
    return any(mine.makes_pods(who, namespace) for who in mine.of("who"))


def written_resources(mine, cluster):
    for place in cluster.namespaces:
        if _writes_here(mine, cluster, place) and _reads_one(mine, cluster, place):
            yield from (("login", login) for login in _usable(cluster, place))


def labelled_for_stores(mine, cluster):
    for place in cluster.namespaces:
        labels = any(
            mine.any_may(v, "namespaces", place, place) for v in ("patch", "update")
        ) or any(mine.any_may(v, "namespaces", "", place) for v in ("patch", "update"))
        if labels and _writes_here(mine, cluster, place) and _reads_one(mine, cluster, place):
            for k, store in cluster.of(WIDE).items():
                if any("namespaceSelector" in one for one in store["spec"].get("conditions", ())):
                    yield "login", (WIDE, *k)


def shown_tokens(mine, cluster):
    for place in cluster.namespaces:
        if _writes(mine, f"secretstores@{ESO}", place, ["own"]):
            yield from (("who", account(*k)) for k in _operators(cluster))


def mounted_classes(mine, cluster):
    for place in cluster.namespaces:
        if not any(mine.makes_pods(who, place) for who in mine.of("who")):
            continue
        yield from (("outside", path) for path in _class_paths(cluster, (place, "files")))
        if _writes(mine, f"secretproviderclasses@{CSI}", place, ()):
            for k in cluster.of("SecretProviderClass"):
                paths = _class_paths(cluster, k)
                yield from (("outside", path) for path in paths if path.startswith("azure"))


def _is_ready(obj):
    return "status" in obj


def known_values(mine, cluster):
    """What operators say that they have written, and what no Pod starts without."""
    for k, obj in cluster.of("ExternalSecret").items():
        secret = k[0], obj["spec"]["target"]["name"]
        login = _login(cluster, obj["spec"]["secretStoreRef"], k[0])
        if login and _is_ready(obj):
            keys = [one["remoteRef"]["key"] for one in obj["spec"]["data"]]
            paths = {f"vault:kv/data/{key}" for key in keys}
            yield from (("outside", path) for path in paths if secret in mine.of("secret"))
            if len(paths) == 1 and paths <= set(mine.of("outside")):
                yield "secret", secret
    for k, obj in cluster.of("PushSecret").items():
        (one,) = obj["spec"]["data"]
        path = f"vault:kv/data/{one['match']['remoteRef']['remoteKey']}"
        secret = k[0], obj["spec"]["selector"]["secret"]["name"]
        login = _login(cluster, obj["spec"]["secretStoreRefs"][0], k[0])
        if login and _is_ready(obj) and path in mine.of("outside"):
            yield "secret", secret
        if login and _is_ready(obj) and secret in mine.of("secret"):
            yield "outside", path
    for k, pod in cluster.of("Pod").items():
        if k in mine.of("pod") and any("csi" in one for one in pod["spec"]["volumes"]):
            yield from (("outside", path) for path in _class_paths(cluster, (k[0], "files")))


IN_STORES = (*TECHNIQUES, known_values)
POSSIBLY_IN_STORES = (
    *POSSIBLE,
    logins,
    read_in_stores,
    read_in_secrets,
    made_of_one,
    copies,
    written,
    files_of_pods,
    logins_of_pods,
    written_resources,
    labelled_for_stores,
    shown_tokens,
    mounted_classes,
)
