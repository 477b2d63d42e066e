"""Reads which encrypted files a Helm release takes values of, and what decrypts them.

Sources: jkroepke/helm-secrets ``README.md``; helmfile ``docs/index.md``; Argo CD
``application_types.go``; Flux ``kustomization_types.go``, ``helmrelease_types.go``.
"""

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Literal, NamedTuple

from rbacgraph.model.stores.sops import FluxDecryption, ValuesReference
from rbacgraph.sources.external.loose import items, mapping, text, texts

_HELMFILE = re.compile(r"helmfile[^/]*\.ya?ml(\.gotmpl)?")
_REFERENCE = re.compile(
    r"secrets://(?P<plain>.+)"
    r"|secrets\+(?P<kind>age|gpg)-import://[^?]*\?(?P<imported>.+)"
    r"|secrets\+(?P<kind_in>age|gpg)-import-kubernetes://"
    r"(?P<namespace>[^/#?]+)/(?P<name>[^/#?]+)(?:#[^?]*)?\?(?P<by_secret>.+)"
    r"|(?:ref\+)?sops://(?P<vals>[^#?]+).*"
)
_KINDS: dict[str | None, Literal["age", "pgp", ""]] = {"age": "age", "gpg": "pgp", None: ""}
MARK = re.compile(
    rb"""secrets://|secrets\+(?:age|gpg)-import|sops://|provider["']?:[ ]*["']?sops\b"""
)
"""What a text with a reference or a decryption holds, if it is not helmfile's."""

KINDS_THAT_DECRYPT = frozenset(
    {
        "Kustomization.kustomize.toolkit.fluxcd.io",
        "HelmRelease.helm.toolkit.fluxcd.io",
        "Application.argoproj.io",
        "ApplicationSet.argoproj.io",
    }
)
"""The objects that may hold such a text, by kind and group."""


class _Named(NamedTuple):
    """A file, and the key that is imported first."""

    path: str
    imports: Literal["age", "pgp", ""] = ""
    key_secret: tuple[str, str] | None = None


def is_helmfile(name: str) -> bool:
    """Whether a file is helmfile's, which names encrypted files without a scheme."""
    if "helmfile" not in name:
        return False
    path = PurePath(name)
    return bool(_HELMFILE.fullmatch(path.name)) or "helmfile.d" in path.parts[:-1]


def references(file: str, line: int, value: object, default: str) -> Iterator[ValuesReference]:
    """Yield the encrypted files that a document names.

    ``file``, ``line``: where the document begins.
    ``default``: the namespace of objects that name none.
    """
    if text(mapping(value).get("kind")).endswith("List"):
        for item in items(mapping(value).get("items")):
            yield from references(file, line, item, default)
        return
    for namespace, release, found in _released(value, default, helmfile=is_helmfile(file)):
        yield ValuesReference(
            file=file,
            line=line,
            path=found.path,
            namespace=namespace,
            release=release,
            key_secret=found.key_secret,
            imports=found.imports,
        )


def named_file(reference: str) -> _Named | None:
    """Return the encrypted file that a reference means; None for a plain file.

    Examples
    --------
    >>> named_file("secrets://prod/db.yaml").path, named_file("values.yaml")
    ('prod/db.yaml', None)
    >>> named_file("secrets+age-import-kubernetes://argocd/keys#key.txt?prod/db.yaml")
    _Named(path='prod/db.yaml', imports='age', key_secret=('argocd', 'keys'))
    """
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        return None
    parts = found.groupdict()
    path = next(filter(None, (parts[one] for one in ("plain", "imported", "by_secret", "vals"))))
    secret = (parts["namespace"], parts["name"]) if parts["name"] else None
    return _Named(path, _KINDS[parts["kind"] or parts["kind_in"]], secret)


def _released(value: object, default: str, *, helmfile: bool) -> Iterator[tuple[str, str, _Named]]:
    """Yield namespace and name of a release, if Helm itself makes one, and the file."""
    kind = text(mapping(value).get("kind"))
    own = mapping(value, "metadata")
    namespace = text(own.get("namespace")) or default
    spec = mapping(value, "spec")
    if kind in {"Application", "ApplicationSet"}:
        # Argo CD renders the chart: there is no release.
        spec = mapping(spec, "template", "spec") if kind == "ApplicationSet" else spec
        for source in (spec.get("source"), *items(spec.get("sources"))):
            for named in _named(texts(mapping(source, "helm").get("valueFiles"))):
                yield "", "", named
    elif kind == "HelmRelease":
        target = text(spec.get("targetNamespace"))
        composed = f"{target}-{text(own.get('name'))}" if target else text(own.get("name"))
        release = text(spec.get("releaseName")) or composed
        place = text(spec.get("storageNamespace")) or namespace
        for named in _named(texts(mapping(spec, "chart", "spec").get("valuesFiles"))):
            yield place, release, named
    elif helmfile and not kind:
        yield from _of_helmfile(value, default)


def _named(paths: tuple[str, ...]) -> Iterator[_Named]:
    for path in paths:
        found = named_file(path)
        if found is not None:
            yield found


def _of_helmfile(value: object, default: str) -> Iterator[tuple[str, str, _Named]]:
    for one in items(mapping(value).get("releases")):
        release = mapping(one)
        name, namespace = text(release.get("name")), text(release.get("namespace")) or default
        for path in texts(release.get("secrets")):
            yield namespace, name, named_file(path) or _Named(path)
        for found in _named(texts(release.get("values"))):
            yield namespace, name, found


def decryptions(file: str, line: int, value: object, default: str) -> Iterator[FluxDecryption]:
    """Yield the Kustomizations of Flux that decrypt with SOPS; parameters as above."""
    if text(mapping(value).get("kind")).endswith("List"):
        for item in items(mapping(value).get("items")):
            yield from decryptions(file, line, item, default)
        return
    group = text(mapping(value).get("apiVersion")).partition("/")[0]
    decryption = mapping(value, "spec", "decryption")
    if group != "kustomize.toolkit.fluxcd.io" or decryption.get("provider") != "sops":
        return
    own = mapping(value, "metadata")
    yield FluxDecryption(
        file=file,
        line=line,
        namespace=text(own.get("namespace")) or default,
        name=text(own.get("name")),
        secret=text(mapping(decryption, "secretRef").get("name")),
        account=text(decryption.get("serviceAccountName")),
    )
