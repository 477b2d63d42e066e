"""The sentences about problems of one file."""

import re

from rbacgraph.model.inputs import unread
from rbacgraph.model.inputs.diagnostic import NO_UID
from rbacgraph.sources.diagnostics.problems import Problems

_CR_ALONE = re.compile(rb"\r(?!\n)")
TEMPLATE = "template"
_FILL_IN = "fill it in first: flux build, envsubst, kustomize build, helm template"
_LEGIBLE = "encrypted_regex: ^(data|stringData)$ leaves them readable"
_REFUSED = "it was left out; Kubernetes would refuse it"


class Reports:
    """Reports problems of the file that is being read."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.file = ""
        self._reported: set[str] = set()

    def begin(self, file: str) -> None:
        """Set the file of the reports that follow."""
        self.file = file
        self._reported = set()

    def problem(
        self, line: int, code: str, message: str, advice: str = "", severity: str = "warning"
    ) -> None:
        self.problems.add(
            code, message, file=self.file, line=line, advice=advice, severity=severity
        )

    def _error(self, line: int, code: str, message: str, advice: str = _REFUSED) -> None:
        self.problem(line, code, message, advice, "error")

    def _is_repeated(self, code: str) -> bool:
        repeated = code in self._reported
        self._reported.add(code)
        return repeated

    def of_google(self, line: int) -> None:
        """Report an audit log of another schema, once per file."""
        if not self._is_repeated("google"):
            message = "is of Google's Cloud Audit Logs, not of audit.k8s.io"
            self._error(line, "not-an-audit-event", message, "that schema is not read")

    # --- text ----------------------------------------------------------------------

    def template(self, line: int) -> None:
        """Report a template, once per file."""
        if not self._is_repeated(TEMPLATE):
            self._error(
                line,
                TEMPLATE,
                "is a template, not a manifest: what it stands for depends on values",
                "render it first (helm template, jinja2, kustomize build) and read the result",
            )

    def carriage_returns(self, text: bytes, line: int) -> None:
        """Report Windows line ends, and carriage returns alone, each once per file."""
        if b"\r\n" in text and not self._is_repeated("crlf"):
            advice = "read as if they ended in LF"
            self.problem(line, "crlf", "lines end in CR LF", advice, "note")
        alone = _CR_ALONE.search(text)
        if alone and not self._is_repeated("lone-cr"):
            line += text.count(b"\n", 0, alone.start())
            message = "has a CR that no LF follows"
            advice = "YAML takes it as the end of a line; lines are counted by LF"
            self.problem(line, "lone-cr", message, advice, "note")

    def lax_json(self, line: int) -> None:
        """Report a file that is called JSON but has, say, a trailing comma."""
        advice = "write it as JSON, or call it .yaml"
        self.problem(line, "lax-json", "is no JSON here, but reads as YAML", advice, "note")

    def not_utf8(self, data: bytes, line: int, *, empty: bool = False) -> None:
        """Report text in another encoding, with the line where that shows; maybe of no object."""
        try:
            data.decode()
        except UnicodeDecodeError as error:
            line += data.count(b"\n", 0, error.start)
        left_out = "" if empty else "this object was left out; "
        advice = f"{left_out}convert the file to UTF-8"
        self._error(line, "not-utf-8", "holds bytes that are not UTF-8", advice)

    def too_large(self, line: int, mebibytes: int) -> None:
        """Report text that no API server accepts as one object."""
        advice = "it was left out; no API server takes an object of 3 MiB"
        self._error(line, "too-large", f"has more than {mebibytes} MiB in one object", advice)

    def too_deep(self, line: int) -> None:
        """Report excessive nesting."""
        message = "is nested deeper than any Kubernetes object"
        self._error(line, "too-deep", message, "it was left out")

    def broken(self, line: int, code: str, message: str) -> None:
        """Report text that no parser understands."""
        self._error(line, code, message, "this object was left out")

    # --- objects -------------------------------------------------------------------

    def not_an_object(self, line: int) -> None:
        """Report a document that is a bare word or number."""
        message = "is neither an object nor a list of them"
        advice = "it was left out; kubectl writes objects with -o json or -o yaml"
        self._error(line, "not-an-object", message, advice)

    def missing_kind(self, line: int) -> None:
        """Report an object without a kind."""
        self._error(line, "missing-kind", "an object has no kind")

    def missing_api_version(self, line: int, kind: str) -> None:
        """Report an object with a kind but no apiVersion."""
        self._error(line, "missing-api-version", f"a {kind} has no apiVersion")

    def wrong_api_version(
        self, line: int, kind: str, api_version: str, groups: tuple[str, ...]
    ) -> None:
        """Report a kind of Kubernetes under the wrong apiVersion."""
        advice = f"it was left out; {kind} is in {' and '.join(filter(None, groups)) or 'v1'}"
        self._error(line, "wrong-api-version", f"there is no {kind} in {api_version}", advice)

    def wrong_header(self, line: int) -> None:
        """Report an object whose kind or apiVersion is not a string."""
        self._error(line, "wrong-type", "kind and apiVersion must be strings")

    def wrong_type(self, line: int, title: str, reason: str) -> None:
        """Report a value of a type that the API server refuses."""
        self._error(line, "wrong-type", f"{title} is refused: {reason}")

    def cut_out(self, line: int, message: str) -> None:
        """Report an object of a snapshot whose beginning is missing."""
        advice = "it was left out; keep what a snapshot begins with, and its order"
        self._error(line, "cut-out", message, advice)

    def nameless(self, line: int, kind: str) -> None:
        """Report an object without a name."""
        article = "an" if kind.startswith(("A", "E", "I", "O")) else "a"
        self._error(line, "missing-name", f"{article} {kind} has no metadata.name")

    def encrypted_name(self, line: int, kind: str, *, grants: bool) -> None:
        """Report an object whose name or namespace SOPS encrypted."""
        message = f"SOPS encrypted the name or the namespace of this {kind}"
        code = unread.ENCRYPTED_FIELD if grants else unread.ENCRYPTED_NAME
        self._error(line, code, message, f"it was left out; {_LEGIBLE}")

    def hidden(self, line: int, title: str, field: str, value: str, *, grants: bool) -> None:
        """Report a field that decides rights, and that is encrypted or not filled in.

        ``value`` is ``""`` if it is encrypted, ``grants`` says whether the object grants rights.
        """
        if value:
            code = unread.PLACEHOLDER if grants else unread.POD_PLACEHOLDER
            self._error(line, code, f"{title} has the placeholder {value!r} in {field}", _FILL_IN)
        else:
            code = unread.ENCRYPTED_FIELD if grants else unread.POD_ENCRYPTED
            self._error(line, code, f"SOPS encrypted {field} of {title}", _LEGIBLE)

    def encrypted_list(self, line: int) -> None:
        """Report a large List that SOPS encrypted: what a server printed is not searched there."""
        message = "SOPS encrypted a large List, nobody knows what of it"
        self._error(line, unread.ENCRYPTED_FIELD, message, "give its objects in files of their own")

    def missing_role_ref(self, line: int, title: str) -> None:
        """Report a binding without a roleRef."""
        self._error(line, "missing-role-ref", f"{title} has no roleRef")

    def role_elsewhere(self, line: int, message: str) -> None:
        """Report a RoleBinding of OpenShift's group with the role of another namespace."""
        advice = "it grants nothing; OpenShift would refuse it"
        self.problem(line, "bad-role-ref", message, advice)

    def default_namespace(self, line: int, count: int, namespace: str) -> None:
        """Report how many objects got the default namespace."""
        self.problem(
            line,
            "default-namespace",
            f"{_objects(count)} without a namespace taken as in {namespace}",
            "--default-namespace says where they are meant to go",
            "note",
        )

    def cluster_scoped_namespace(self, line: int, count: int) -> None:
        """Report namespaces on cluster-scoped objects."""
        message = f"{_objects(count)} of a cluster-scoped kind with a namespace, ignored"
        self.problem(line, "cluster-scoped-namespace", message, severity="note")

    # --- lists ---------------------------------------------------------------------

    def empty_list(self, line: int, kind: str) -> None:
        """Report an empty List that a person wrote."""
        self.problem(line, "empty-list", f"the {kind} has no items", severity="note")

    def partial_list(self, line: int, kind: str) -> None:
        """Report a List that is one page of several."""
        message = f"the {kind} is one page of many: the server has more"
        self.problem(line, "partial-list", message, "fetch it without a limit")

    def no_uid(self, line: int, title: str, more: int) -> None:
        """Report what a person added to a List of a server."""
        has = f"and {_objects(more)} more have" if more else "has"
        message = f"{title} {has} no uid, unlike others in this List"
        advice = (
            "no server wrote such a List, so that what it lacks may exist; give what was added to"
            " it in a file of its own"
        )
        self.problem(line, NO_UID, message, advice)

    def cut_off(self, line: int) -> None:
        """Report a List whose end is missing."""
        advice = "what was read before it is kept; fetch it again"
        self._error(line, "cut-off", "the List is cut off: its end is missing", advice)


def _objects(count: int) -> str:
    return "1 object" if count == 1 else f"{count:,} objects"
