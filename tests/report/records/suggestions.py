"""Suggestions to be written: of the shop, with its log, and one of names that mean harm."""

from functools import cache
from pathlib import Path

from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.model.answers.verification import Claim
from rbacgraph.model.changes.access_effect import Effect, Linked, Pairs, Reaching
from rbacgraph.model.changes.change import Change
from rbacgraph.model.changes.cut import CutProof
from rbacgraph.model.changes.saved_suggestion import (
    CutCheck,
    RecheckResult,
    Refusal,
    ServerWord,
    Standing,
)
from rbacgraph.model.changes.statement import NOTHING, Say
from rbacgraph.model.changes.suggestion import (
    Addition,
    LeftAlone,
    Leftover,
    Loss,
    Permission,
    Proof,
    RoleChange,
    SuggestResult,
)
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.need_evidence import How, NeedEvidence
from rbacgraph.model.inputs.required_requests import Needed, Needing
from rbacgraph.model.kubernetes.meta import RbacMeta
from rbacgraph.model.kubernetes.rbac import PolicyRule, Role, RoleBinding, RoleRef, Subject
from rbacgraph.model.request import Request
from tests.report.records.shared import HOSTILE

FIXTURES = Path(__file__).parents[3] / "fixtures"


@cache
def _shop():
    return rg.load(
        str(FIXTURES / "clusters/shop"), groups=str(FIXTURES / "clusters/shop-groups.yaml")
    )


def _of(**question):
    log = str(FIXTURES / "audit/shop.log")
    return _shop().suggest(audit=log, effect=False, **question).result


def of_dana():
    """A new role in the place of one that is shipped."""
    return _of(principal="user:dana")


def of_all():
    """Roles that are narrowed, and one that nobody needs."""
    return _of()


def of_nobody():
    """Nothing to change."""
    return _of(principal="user:nobody")


MESSY = Path(__file__).with_name("messy.yaml")


def tidied():
    """Roles in fewer rules."""
    return rg.load(str(MESSY)).suggest(tidy=True).result


def without_secrets():
    """What is left of everything."""
    return rg.load(str(MESSY)).suggest(without="secrets", effect=False).result


def guessed():
    """What Pods refer to, and who is left alone."""
    return _shop().suggest(from_references=True, effect=False).result


def _reaching(secrets, principals, pairs):
    return Reaching(
        secrets=secrets,
        conditional_secrets=1,
        principals=principals,
        conditional_principals=0,
        pairs=pairs,
        conditional_pairs=2,
    )


def _effect(name, secret):
    return Effect(
        before=_reaching(4, 3, 9),
        after=_reaching(2, 1, 2),
        gone=Pairs(
            total=7,
            by_principal=(
                Linked(name, (secret, "secret:shop/tls", "secret:shop/x"), 4),
                Linked("group:ops", (secret,), 1),
            ),
            by_secret=(Linked(secret, (name,), 1),),
            principals=2,
            secrets=4,
        ),
        new=Pairs(),
    )


def with_effect():
    """One role narrowed, something added, and what goes with it."""
    return _made(
        namespace="shop",
        name="reader",
        principal="serviceaccount:shop/ci",
        thing="db",
        resource="secrets",
        verb="get",
        words="needs.txt:3",
    )


def hostile():
    """Names that mean harm, wherever one stands."""
    made = _made(
        namespace=HOSTILE,
        name=HOSTILE,
        principal=f"user:{HOSTILE}",
        thing=HOSTILE,
        resource=HOSTILE,
        verb=HOSTILE,
        words=HOSTILE,
    )
    alone = LeftAlone(f"serviceaccount:{HOSTILE}", HOSTILE, Say.AS_WRITTEN(HOSTILE))
    return replace(made, left_alone=(alone,))


def _made(*, namespace, name, principal, thing, resource, verb, words):
    evidence, said = NeedEvidence.of(How.STATED, words), Say.AS_WRITTEN(words)
    wide = Permission(verb=verb, group="", resource=resource)
    narrow = Permission(verb=verb, group="", resource=resource, name=thing)
    rule = PolicyRule((verb,), ("",), (resource,), (thing,))
    old = Role(metadata=RbacMeta(name, namespace), rules=(PolicyRule((verb,), ("",), (resource,)),))
    new = Role(metadata=RbacMeta(name, namespace, labels={thing: thing}), rules=(rule,))
    binding = RoleBinding(
        metadata=RbacMeta(name, namespace),
        role_ref=RoleRef("Role", name),
        subjects=(Subject("User", thing),),
    )
    request = Request(verb, resource=resource, namespace=namespace, name=thing)
    return SuggestResult(
        asked=principal,
        changes=(
            Change(before=binding, after=binding, why=Say.AS_WRITTEN(f"without {words}")),
            Change(before=old, after=new, why=said),
        ),
        leftovers=(Leftover(f"kubectl delete role {name}", said),),
        roles=(
            RoleChange(
                kind="Role",
                namespace=namespace,
                name=name,
                action="narrow",
                principals=(principal,),
                scopes=(namespace,),
                kept=(narrow,),
                narrowed=(wide,),
                removed=(Permission(verb=verb, path=f"/{thing}"),),
                added=(narrow,),
                rules=2,
                bound=1,
                why=said,
            ),
        ),
        losses=(Loss(principal=principal, scope=namespace, lost=(), narrowed=(wide,), seen=False),),
        additions=(Addition(principal, namespace, narrow, evidence),),
        notes=(said,),
        needs=(
            Needing(
                user=thing,
                groups=(thing,),
                needs=(Needed(request=request, evidence=evidence, count=1, last=thing),),
            ),
        ),
        log=None,
        proof=Proof(
            requests=1,
            identities=1,
            unexplained=0,
            permissions=1,
            covered=1,
            effect=_effect(principal, f"secret:{namespace}/{thing}"),
            cleaned=_effect(principal, f"secret:{namespace}/{name}"),
        ),
        diagnostics=(Diagnostic(words, 1, "bad-need", words),),
    )


def _standing(state, word, what=NOTHING):
    return Standing(action="update", kind="Role", namespace=word, name=word, state=state, what=what)


def _claim(word):
    return Claim(
        principal=f"user:{word}",
        user=word,
        groups=(word,),
        verb="get",
        resource="secrets",
        namespace="shop",
        name=word,
        allowed=True,
        reason="needed",
    )


def holding():
    """A saved suggestion that holds, with what a server says."""
    made = with_effect()
    return RecheckResult(
        file="suggestion.json",
        asked=made.asked,
        standing=(_standing("open", "shop"), _standing("applied", "pay")),
        failure=NOTHING,
        proof=made.proof,
        additions=made.additions,
        server=ServerWord(
            context="prod", server="https://x", asked=3, denied=(), tried=2, refused=()
        ),
    )


def holding_cut():
    """A saved cut that holds; fewer of its changes are enough by now."""
    proof = CutProof(
        principals=9, left=("user:alice",), requests=25, unexplained=0, covered=4, fewest=1
    )
    return RecheckResult(
        file="cut.json",
        what="cut",
        asked="secret:shop/db",
        standing=(_standing("open", "shop"), _standing("open", "pay")),
        failure=NOTHING,
        proof=None,
        cut=CutCheck(proof=proof, edits=2, effect=with_effect().proof.effect),
    )


def changed():
    """One that does not."""
    return RecheckResult(
        file="suggestion.json",
        asked="",
        standing=(_standing("changed", "shop", Say.RULES_DIFFER()),),
        failure=Say.IS_NEEDED_BY_NOBODY(
            Permission(verb="get", resource="pods"), ("Role", "shop", "x")
        ),
        proof=None,
        server=ServerWord(
            context="prod",
            server="https://x",
            asked=1,
            denied=(_claim("alice"),),
            tried=1,
            refused=(Refusal("Role", "shop", "x", "403 forbidden"),),
        ),
    )


def hostile_recheck():
    """Words that mean harm, wherever one stands."""
    return RecheckResult(
        file=HOSTILE,
        asked=HOSTILE,
        standing=(_standing("changed", HOSTILE, Say.AS_WRITTEN(HOSTILE)),),
        failure=Say.AS_WRITTEN(HOSTILE),
        proof=None,
        server=ServerWord(
            context=HOSTILE,
            server=HOSTILE,
            asked=1,
            denied=(_claim(HOSTILE),),
            tried=1,
            refused=(Refusal("Role", HOSTILE, HOSTILE, HOSTILE),),
            impersonated=HOSTILE,
            certificate_checked=False,
        ),
    )
