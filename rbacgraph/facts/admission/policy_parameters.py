"""Finds Secrets that admission policies take as parameters, through their bindings.

Source: kubernetes ``staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/generic/``
(``CollectParams``).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.admission import (
    AdmissionPolicy,
    AdmissionPolicyBinding,
    ParamKind,
    ParamRef,
)

VALIDATING_POLICY = "ValidatingAdmissionPolicy"
MUTATING_POLICY = "MutatingAdmissionPolicy"

_SECRET = ParamKind("v1", "Secret")
_TOLD = frozenset({"Deny", "Warn"})
"""Actions on a refusal that show the message to the writer."""


class SecretParameter(NamedTuple):
    """A policy that takes Secrets as parameters, with a binding that names some."""

    policy: AdmissionPolicy
    binding: AdmissionPolicyBinding
    ref: ParamRef


def secret_parameters(snapshot: Snapshot) -> Mapping[str, tuple[SecretParameter, ...]]:
    """Return them by the policy's kind, without those whose messages reach only the audit log."""
    return {
        VALIDATING_POLICY: tuple(
            one
            for one in _of(snapshot.validating_policies, snapshot.validating_policy_bindings)
            if one.binding.spec
            and not _TOLD.isdisjoint(one.binding.spec.validation_actions or _TOLD)
        ),
        MUTATING_POLICY: tuple(_of(snapshot.mutating_policies, snapshot.mutating_policy_bindings)),
    }


def _of(
    policies: Iterable[AdmissionPolicy], bindings: Iterable[AdmissionPolicyBinding]
) -> Iterator[SecretParameter]:
    taking = {p.metadata.name: p for p in policies if p.spec and p.spec.param_kind == _SECRET}
    for binding in bindings if taking else ():
        spec = binding.spec
        if spec and spec.param_ref and spec.policy_name in taking:
            yield SecretParameter(taking[spec.policy_name], binding, spec.param_ref)
