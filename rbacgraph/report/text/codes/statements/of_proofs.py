"""What a check of a saved suggestion or cut states: how it differs, why it is not proven."""

from rbacgraph.model.changes.change import ObjectKey
from rbacgraph.model.changes.statement import Say
from rbacgraph.model.changes.suggestion import Permission
from rbacgraph.report.text.codes.statements.of_suggestions import SayWords, key_words

_PARTS = {
    "scopes": "namespaces",
    "rules": "numbers of rules",
    "removed": "permissions that are removed",
    "narrowed": "permissions that are narrowed",
    "added": "permissions that are added",
}
"""The parts of a role's change that are not called as in JSON."""


def _permission(one: Permission) -> str:
    thing = one.path or ".".join(filter(None, (one.resource, one.group)))
    return f"{one.verb} on {thing}{f' named {one.name}' if one.name else ''}"


def _scope(scope: str) -> str:
    return scope or "the whole cluster"


def _denied(who: str, permission: Permission, namespace: str) -> str:
    where = f" in {namespace}" if namespace else ""
    return f"not enough: {who} is denied {_permission(permission)}{where}"


def _misstated(part: str, key: ObjectKey) -> str:
    return f"it lists other {_PARTS.get(part, part)} of {key_words(key)} than its changes leave"


OF_PROOFS: SayWords = {
    Say.IS_GONE: "it is not there any more",
    Say.IS_ANOTHER: "there is another of this name",
    Say.RULES_DIFFER: "its rules are others",
    Say.TOKEN_DIFFERS: "it mounts its token otherwise",
    Say.SUBJECTS_DIFFER: "its subjects or its role are others",
    Say.ROLE_REF_CHANGES: lambda key: (
        f"{key_words(key)} cannot be written: the roleRef of a binding never changes"
    ),
    Say.ROLE_IS_OF_GROUP: lambda key, group: (
        f"{key_words(key)} cannot be written: no role is of the API group {group!r}"
    ),
    Say.SUBJECT_IS_OF_GROUP: lambda key, kind, group: (
        f"{key_words(key)} cannot be written: no {kind} is of the API group {group!r}"
    ),
    Say.LEAVES_OUT_ROLE: lambda key: f"it does not describe {key_words(key)}, which it writes",
    Say.REPEATS_ROLE: lambda key: f"it describes more than once {key_words(key)}, which it writes",
    Say.MISSTATES_ROLE: _misstated,
    Say.DESCRIBES_UNWRITTEN: lambda key: (
        f"it describes {key_words(key)}, which none of its changes writes"
    ),
    Say.ADDED_WAS_HELD: "it lists as added to {} what was held before",
    Say.ADDED_IS_NOT_GIVEN: "it lists as added to {} what none of its changes gives",
    Say.LOSSES_DIFFER: lambda who, scope: (
        f"it lists other losses of {who} in {_scope(scope)} than its changes cause"
    ),
    Say.DELETES_NEEDED: "its changes leave nothing that {} is to delete",
    Say.LACKS_DELETION: "it lacks {}",
    Say.DELETIONS_ARE_REORDERED: "its deletions are in another order",
    Say.LOSES_MORE: lambda who, permission, scope: (
        f"more is lost than it says: {who} loses {_permission(permission)} in {scope}"
    ),
    Say.DELETIONS_TAKE_RIGHTS: "the deletions take away rights",
    Say.IS_DENIED: _denied,
    Say.GETS_MORE: lambda who, permission, scope: (
        f"more than before: {who} gets {_permission(permission)} in {_scope(scope)}"
    ),
    Say.GETS_MORE_OF_VAULT: lambda who, path, capabilities: (
        f"more than before: {who} gets {', '.join(capabilities)} on vault:{path}"
        if path
        else f"more than before: {who} logs in to Vault as it could not"
    ),
    Say.TOKENS_GET_MORE_OF_VAULT: lambda policy, path, capabilities: (
        f"more than before: a token with policy {policy} gets {', '.join(capabilities)}"
        f" on vault:{path}"
    ),
    Say.IS_NEEDED_BY_NOBODY: lambda permission, role: (
        f"needed by nobody: {_permission(permission)}, which {key_words(role)} gives"
    ),
    Say.IS_NOT_CUT_OFF: "not cut off: {} still reaches it",
    Say.IS_NOT_KEPT: "not kept: {} reaches it less directly",
    Say.IS_STILL_WRITTEN: "still written: {}",
    Say.IS_LOST: "lost: {}: {}",
}
