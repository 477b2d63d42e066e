"""The sentences about a live cluster's gaps: what is missing, what it hides, what helps."""

from collections import Counter
from collections.abc import Sequence

from rbacgraph.model.inputs.unread import UnreadFile
from rbacgraph.sources.diagnostics.problems import Problems, printable
from rbacgraph.sources.kinds import Form
from rbacgraph.sources.live.discovery import Catalogue
from rbacgraph.sources.live.list_part import ListPart
from rbacgraph.sources.live.pages import reason_of
from rbacgraph.sources.objects.object_kinds import KINDS, Kind

_FEW = 3
_SHARED = {name for name, many in Counter(one.resource for one in KINDS).items() if many > 1}


class LiveReports:
    """Reports the gaps of what a server showed."""

    def __init__(self, problems: Problems, file: str) -> None:
        self._problems = problems
        self._file = file

    def _add(self, code: str, message: str, advice: str = "", severity: str = "error") -> None:
        self._problems.add(code, message, file=self._file, advice=advice, severity=severity)

    def _not_whole(self, code: str, wanted: Kind, text: str) -> None:
        """Record an incomplete list: no gate may pass what it may hold."""
        name = wanted.resource
        if name in _SHARED:  # two API groups have a resource of this name
            name = f"{name}.{wanted.groups[0]}"
        self._problems.unread.setdefault(name, UnreadFile(name, 0, code, printable(text)))

    def forbidden(self, wanted: Kind, group: str, where: str, places: Sequence[str] = ()) -> None:
        """Report a kind that is forbidden: at all, or only ``in`` or ``outside`` places."""
        rule = f'{{apiGroups: ["{group}"], resources: [{wanted.resource}], verbs: [list]}}'
        secrets = " --with-secrets" if wanted.form is Form.SECRETS else ""
        caution = "; it lets read every Secret" if wanted.form is Form.SECRETS else ""
        text = f"may not be listed{_where(where, places)}, which hides {wanted.hides}"
        self._not_whole("forbidden", wanted, text)
        self._add(
            "forbidden",
            f"{wanted.resource} {text}",
            f"a ClusterRole with the rule {rule} would show it{caution};"
            f" rbacgraph collector-role{secrets} prints one for everything",
        )

    def unlisted(self, part: ListPart) -> None:
        """Report a list that broke off."""
        refused = part.outcome.refused
        assert refused is not None
        wanted, namespace = part.task.wanted, part.task.namespace
        kept = f" after {part.count:,}" if part.count else ""
        where = _where("in", [namespace] if namespace else [])
        why = part.outcome.why or reason_of(refused)
        text = f"{where} broke off{kept}: {why}; that hides {wanted.hides}"
        self._not_whole("unlisted", wanted, f"the list{text}")
        self._add("unlisted", f"the list of {wanted.resource}{text}")

    def torn(self, part: ListPart) -> None:
        """Report a list whose pages are not of one moment."""
        text = (
            "took longer than the server remembers: objects created or changed meanwhile may be"
            " missing"
        )
        self._not_whole("torn-list", part.task.wanted, f"the list {text}")
        self._add(
            "torn-list",
            f"the list of {part.task.wanted.resource} {text}",
            "ask again, or for fewer namespaces",
            "warning",
        )

    def impersonated(self, who: str) -> None:
        """Report that the cluster was not asked as the user of the credentials."""
        self._add(
            "impersonated",
            f"rbacgraph asked as {who}, whom it impersonates, and saw what this user sees",
            "",
            "note",
        )

    def unverified(self) -> None:
        """Report that the server need not be the one that the kubeconfig means."""
        self._add(
            "insecure-skip-tls-verify",
            "the certificate of the API server was not checked: another server may have answered",
            "the kubeconfig says insecure-skip-tls-verify; give it the certificate-authority",
            "warning",
        )

    def narrowed(self, namespaces: Sequence[str]) -> None:
        """Report that only some namespaces were asked for."""
        names = ", ".join(namespaces)
        self._add("collect-namespace", f"objects of namespaces other than {names}", "", "note")

    def no_such_namespace(self, name: str) -> None:
        """Report a namespace that the cluster does not have."""
        self._add("no-such-namespace", f"there is no namespace {name}", "is it spelt so?")

    def catalogue(self, catalogue: Catalogue) -> None:
        """Report what discovery could not find."""
        if catalogue.guessed:
            self._add(
                "no-discovery",
                "the server does not list what it serves",
                "rbacgraph asked for what every server has",
                "warning",
            )
        for group in catalogue.stale:
            self._add(
                "stale-group",
                f"the server cannot list what {group} serves",
                "is the API behind it up?",
                "note",
            )

    def names_only(self) -> None:
        """Report that the metadata of Secrets was not asked for."""
        self._add(
            "secret-names",
            "the labels and annotations of Secrets, which say that one is of Argo CD, of the"
            " Sealed Secrets controller or of a Helm release",
            "--no-secret-metadata was given",
            "note",
        )

    def own_rights(self, places: Sequence[str]) -> None:
        """Report that the caller's rights are known, but not by which bindings it has them."""
        self._add(
            "own-rights",
            f"by which roles and bindings you have your own rights{_where('in', places)}",
            "the API server lists the rights themselves (SelfSubjectRulesReview); give"
            " --collect-namespace NAMESPACE to ask about other namespaces",
            "note",
        )

    def own_rights_incomplete(self, places: Sequence[str]) -> None:
        """Report that the caller may have more rights than the server lists."""
        if places:
            self._add(
                "own-rights-incomplete",
                f"some of your own rights{_where('in', places)}: the API server says that its list"
                " of them is incomplete, or gives none",
                "ask it about one right with rbacgraph can-i --as me",
                "warning",
            )

    def keys_unknown(self) -> None:
        """Report that keys of Secrets are never asked for."""
        self._add(
            "secret-keys",
            "the names of the keys of Secrets, and where the logins and kubeconfigs in them lead",
            "the data of Secrets is never asked for",
            "note",
        )

    def unread(self, title: str, reason: str) -> None:
        """Report an object that could not be read completely."""
        self._add("unlisted", f"{title} could not be read: {reason}", "", "warning")


def _where(word: str, places: Sequence[str]) -> str:
    if not places:
        return ""
    names = ", ".join(places[:_FEW])
    if len(places) > _FEW:
        return f" {word} {len(places):,} namespaces ({names}, …)"
    return f" {word} {names}"
