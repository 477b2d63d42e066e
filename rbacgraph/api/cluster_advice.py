"""Questions about least privilege."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rbacgraph.errors import InputError, UsageError
from rbacgraph.model.changes.saved_suggestion import SavedCut
from rbacgraph.model.inputs.audit import no_events
from rbacgraph.model.inputs.required_requests import Stated
from rbacgraph.model.node import SERVICE_ACCOUNT, VAULT
from rbacgraph.model.principal import parse_principal
from rbacgraph.model.role_carriers import not_read
from rbacgraph.model.suggest_options import refuse_idle
from rbacgraph.report.documents.object_mappings import manifest
from rbacgraph.sources.files.locate import Source

if TYPE_CHECKING:
    from rbacgraph.advice.rewrite.rewriter import Manner
    from rbacgraph.api.answers import Cut, Recheck, RiskFix, Risks, Suggestion, Usage
    from rbacgraph.model.inputs.audit import AuditLog
    from rbacgraph.model.inputs.required_requests import Needs
    from rbacgraph.sources.live.connection.rate_limit import Pace
from rbacgraph.api.cluster_base import ClusterBase, as_list
from rbacgraph.model.memory.gc_pause import gc_paused


class ClusterAdvice(ClusterBase):
    """Which rights are used, which are needed, and what blocks a path."""

    def usage(
        self,
        audit: "Source | Sequence[Source]",
        *,
        source: str | None = None,
        system: bool = False,
        need: "Source | Sequence[Source]" = (),
        audit_policy: "Source | None" = None,
    ) -> "Usage":
        """Return which rights were used and which never, as audit logs show.

        Parameters
        ----------
        audit:
            Files, folders and globs of audit events, also ``.gz`` and ``.zst``; ``-`` is standard
            input. JSON lines, EventLists and batches of ``audit.k8s.io/v1``, and exports of EKS
            (CloudWatch) and AKS (Azure Monitor). Of bodies it reads only the rules and the
            ``roleRef`` of roles and bindings, and the names of signers. Logs of stores too:
            CloudTrail, OpenBao's and Vault's file device, Key Vault's AuditEvent, and Google's Data
            Access logs.
        source:
            One ServiceAccount, user or group: its rights, those of its known groups, and its own
            requests; by default all subjects of bindings.
        system:
            Whether to show the bindings that every API server ships.
        need:
            Files that state needs: lists of permissions, rules, or manifests of roles and bindings.
            Stated rights do not count as never used.
        audit_policy:
            The file of the log's audit Policy: rights whose use it leaves out do not count as never
            used.

        Returns
        -------
        Usage
            One for each rule that a binding gives a subject. The result holds denied requests,
            requests that the input grants nowhere, what the log cannot show, and who read which
            secret of a store. Without events of the API server it compares no rule.

        Raises
        ------
        InputError
            If a file does not exist, or the Policy is invalid.
        UsageError
            If the source is no principal.
        """
        from rbacgraph.api.answers import Usage
        from rbacgraph.query.rights.usage import usage
        from rbacgraph.sources.audit.audit import read_audit
        from rbacgraph.sources.audit.policy_file import read_audit_policy

        policy = None if audit_policy is None else read_audit_policy(audit_policy)
        log = read_audit(*_several(audit))
        stated = self._needs(None, need, source or "")
        found = usage(
            self.authorizer,
            log,
            source=source,
            system=system,
            stated=stated,
            policy=policy,
        )
        if not log.stores:
            return Usage(found)
        from rbacgraph.facts.world import Facts
        from rbacgraph.query.access.store_usage import with_stores

        outside = [one.secret.path for one in log.stores if one.secret.kind == VAULT]
        world = Facts(self.snapshot, outside=outside if self.snapshot.stores else ())
        return Usage(
            with_stores(found, world, log.stores, parse_principal(source) if source else None)
        )

    def suggest(
        self,
        *,
        principal: str | None = None,
        role: str | None = None,
        audit: "Source | Sequence[Source]" = (),
        need: "Source | Sequence[Source]" = (),
        split: bool | None = None,
        verbs: str = "exact",
        names: str = "exact",
        max_names: int | None = None,
        widen_secrets: bool = False,
        tidy: bool = False,
        without: Sequence[str] = (),
        from_references: bool = False,
        audit_policy: "Source | None" = None,
        effect: bool = True,
    ) -> "Suggestion":
        """Suggest the roles and bindings that leave only what is needed, with a proof.

        Without evidence of needs, roles can be written in fewer rules, or without a resource: see
        ``tidy``, ``without`` and ``from_references``.

        Parameters
        ----------
        principal:
            A ServiceAccount, user or group: only its own bindings may change.
        role:
            A Role as ``NAMESPACE/NAME`` or a ClusterRole as ``NAME``, for all its holders. Without
            a principal and a role, every bound role.
        audit, need:
            See :meth:`usage`: logs and statements that show what is needed.
        split:
            Whether a holder gets a role of its own if others hold the role too, rather than
            narrowing the role for all; None splits if some of the others have no evidence.
        verbs:
            ``exact``, or ``read``: an identity that gets, lists or watches may do all three.
        names:
            ``exact``, or ``any``: an identity that needs some objects of a kind may have all of
            them.
        max_names:
            ``any`` above this number of names.
        widen_secrets:
            Whether ``verbs``, ``names`` and ``max_names`` also apply to Secrets and to tokens of
            ServiceAccounts.
        tidy:
            Write the same rights in the fewest rules.
        without:
            Resources to remove, such as ``secrets`` or ``widgets.example.com``: a ``*`` that covers
            one becomes a list of all other known ones. A subresource is ``pods/exec``.
        from_references:
            A guess: keep only the Secrets that the Pods of a ServiceAccount refer to by name.
            Without a principal and a role, operators and controllers are left alone.
        audit_policy:
            The file of the log's audit Policy: rights that rules name and whose use it leaves out
            stay.
        effect:
            Whether to compute who reaches which Secrets before and after.

        Returns
        -------
        Suggestion
            One for each role that is narrowed or created; ``.changes``, ``.manifests()`` and
            ``.leftovers`` say what to do.

        Raises
        ------
        InputError
            If a file does not exist, or stated needs cannot be understood.
        NotFoundError, UsageError
            If there is no such role, principal or resource, there is no evidence of needs, or an
            option has no effect with the others.
        FaultError
            If the proof of the changes fails: somebody would gain a right, as an example.

        Examples
        --------
        >>> cluster.suggest(principal="sa:shop/ci", audit="audit.log")  # doctest: +SKIP
        <Suggestion: 3 changes, 1 role>
        """
        from rbacgraph.advice.needs.widen import widening
        from rbacgraph.advice.rewrite.reshape import reshape
        from rbacgraph.advice.suggest.suggest import suggest
        from rbacgraph.api.answers import Suggestion
        from rbacgraph.sources.audit.audit import read_audit
        from rbacgraph.sources.audit.policy_file import read_audit_policy

        graphs = self.graph_of if effect else None
        manner = self._manner(without, tidy=tidy, references=from_references)
        evidence = bool(_several(audit) or _several(need))
        if evidence is bool(manner):
            raise UsageError(
                "audit and need exclude tidy, without and from_references"
                if evidence
                else "no evidence of what is needed given",
                advice="give audit logs and files of needs, or else tidy, without or references",
            )
        refuse_idle(
            principal=principal,
            audit=_several(audit),
            audit_policy=audit_policy,
            split=split,
            verbs=verbs,
            names=names,
            max_names=max_names,
            widen_secrets=widen_secrets,
            tidy=tidy,
            without=without,
            from_references=from_references,
        )
        if not evidence:
            return Suggestion(
                reshape(
                    self.authorizer,
                    manner,
                    principal=principal,
                    role=role,
                    split=split,
                    graph=graphs,
                )
            )
        log = read_audit(*_several(audit)) if _several(audit) else None
        return Suggestion(
            suggest(
                self.authorizer,
                _some(self._needs(log, need, principal or "")),
                principal=principal,
                role=role,
                split=split,
                widening=widening(verbs, names, max_names, secrets=widen_secrets),
                policy=None if audit_policy is None else read_audit_policy(audit_policy),
                graph=graphs,
            )
        )

    @gc_paused()
    def risks(
        self,
        *,
        top: int = 0,
        certain: bool = False,
        without: Sequence[str] = (),
        system: bool = False,
        suppress: str | Path | None = None,
        today: str | None = None,
        since: ClusterBase | None = None,
        since_name: str = "before",
        allow_unread: Sequence[str] = (),
    ) -> "Risks":
        """Return the causes of access to Secrets, ranked: what to fix first.

        A cause is what one change to one object takes away: the subjects of a binding, rules of
        a role, settings of a Pod, a lasting token. Each has a severity with its factors, what it
        opens, and what goes away if it alone is closed.

        Parameters
        ----------
        top:
            How many causes text and JSON show; 0 for all.
        certain:
            Whether to leave out conditional paths.
        without:
            Ids of edge kinds that paths may not use.
        system:
            Whether control-plane identities on shipped bindings count.
        suppress:
            A YAML file of risks that somebody accepts, each with a reason and perhaps a last day.
        today:
            The day to compare that last day with, as ``2026-12-31``; by default the system's date.
        since:
            The cluster as it was: ``review`` of the answer says what is new, changed and fixed.
        since_name:
            What to call it.
        allow_unread:
            Patterns, as in a shell, of files or folders that need not be read completely.

        Returns
        -------
        Risks
            The most severe first, then by the access that closing the cause alone removes.

        Examples
        --------
        >>> import rbacgraph as rg
        >>> found = rg.load("fixtures/clusters/shop").risks()
        >>> found[0].severity, found[0].name
        ('high', 'deployer')
        """
        from rbacgraph.advice.risks.review import compare, suppress_risks
        from rbacgraph.advice.risks.risks import risks
        from rbacgraph.api.answers import Risks
        from rbacgraph.sources.config.suppressions import read_suppressions
        from rbacgraph.sources.config.yaml_reader import day

        known = None if suppress is None else read_suppressions(suppress)
        now = day(today or date.today().isoformat())  # noqa: DTZ011 - the user's day
        ask = partial(risks, certain=certain, without=as_list(without), system=system)
        result = ask(self.access_graph, top=top)
        if since is not None:
            before = ask(since.access_graph)
            result = compare(before, result, since=since_name)
        if known is not None:
            result = suppress_risks(result, known, today=now)
        files = self.snapshot
        return Risks(
            result.with_unread(*not_read(files.unread, files.passed_over, as_list(allow_unread)))
        )

    def fix_risks(
        self,
        which: "str | int | Sequence[str | int]" = (),
        *,
        best: int = 0,
        usage: "Source | Sequence[Source]" = (),
        need: "Source | Sequence[Source]" = (),
        certain: bool = False,
        without: Sequence[str] = (),
        system: bool = False,
    ) -> "RiskFix":
        """Return the changes that close causes, proven on the changed cluster.

        Parameters
        ----------
        which:
            Ids of risks, or their numbers in :meth:`risks`, which start with 1.
        best:
            Or how many causes to choose, so that they remove most together.
        usage, need:
            Audit logs and files that state needs, see :meth:`usage`: the answer lists the
            requests that would be denied.
        certain, without, system:
            See :meth:`risks`.

        Raises
        ------
        InputError
            If a file does not exist, or a log holds no event.
        UsageError, NotFoundError
            If there is no such cause.
        FaultError
            If the proof of the changes fails: somebody would gain a right, as an example.

        Examples
        --------
        >>> import rbacgraph as rg
        >>> fix = rg.load("fixtures/clusters/shop").fix_risks(1)
        >>> fix.proof.pairs_before - fix.proof.pairs_after == fix[0].opens.pairs_alone
        True
        """
        from rbacgraph.advice.risks.fix import fix_risks
        from rbacgraph.api.answers import RiskFix

        needs = self._kept_needs(usage, need)
        several = [which] if isinstance(which, str | int) else which
        with gc_paused():
            found = fix_risks(
                self.access_graph,
                which=tuple(map(str, several)),
                best=best,
                needs=needs,
                certain=certain,
                without=as_list(without),
                system=system,
            )
        return RiskFix(found)

    def cut(
        self,
        secret: str,
        *,
        keep: Sequence[str] = (),
        usage: "Source | Sequence[Source]" = (),
        need: "Source | Sequence[Source]" = (),
        audit_policy: "Source | None" = None,
        certain: bool = False,
        system: bool = False,
        keep_operators: bool = False,
    ) -> "Cut":
        """Return the fewest changes after which only the kept principals reach a Secret.

        Parameters
        ----------
        secret:
            ``NAMESPACE/NAME``, or ``NAME`` if it is unambiguous.
        keep:
            Principals that keep access as direct as before: ``sa:NS/NAME``, ``user:NAME``,
            ``group:NAME`` with its known members.
        usage:
            Audit logs, see :meth:`usage`: requests that they show as allowed stay allowed.
        need:
            Files that state needs, see :meth:`usage`.
        audit_policy:
            The file of the log's audit Policy: the answer marks changes that remove rights whose
            use it leaves out.
        certain:
            Whether conditional paths may stay.
        system:
            Whether control-plane identities are cut off too.
        keep_operators:
            Whether operators that need their access by design keep it too.

        Returns
        -------
        Cut
            One for each thing that is removed. The result holds the objects to apply, the paths
            that force the changes, who cannot be cut off and why, and who loses what.

        Raises
        ------
        InputError
            If a file does not exist, a log holds no event, or the Policy is invalid.
        UsageError
            If a text is no principal, or matches several Secrets.
        NotFoundError
            If the input says that there is no such Secret or principal.
        FaultError
            If the proof of the changes fails: somebody would gain a right, as an example.
        """
        from rbacgraph.advice.cut.cut import cut
        from rbacgraph.api.answers import Cut
        from rbacgraph.sources.audit.policy_file import read_audit_policy

        policy = None if audit_policy is None else read_audit_policy(audit_policy)
        needs = self._kept_needs(usage, need)
        with gc_paused():
            found = cut(
                self.access_graph,
                secret=secret,
                keep=as_list(keep),
                needs=needs,
                policy=policy,
                certain=certain,
                system=system,
                keep_operators=keep_operators,
            )
        return Cut(found)

    def verify_suggestion(
        self,
        suggestion: "Source",
        *,
        effect: bool = True,
        server: bool = False,
        context: str | None = None,
        kubeconfig: str | None = None,
        connect_as: str = "",
        connect_as_groups: Sequence[str] = (),
        timeout: float = 60,
        qps: float = 20,
        burst: int = 40,
        pace: "Pace | None" = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> "Recheck":
        """Compare a saved suggestion or cut with this cluster, and prove it again.

        Parameters
        ----------
        suggestion:
            The JSON of :meth:`suggest` or :meth:`cut`.
        effect:
            Whether to compute who reaches which Secrets before and after.
        server:
            Whether to ask a live server too: by SubjectAccessReview, whether required requests are
            allowed today; by dry run, whether it would write the objects.
        context, kubeconfig, connect_as, connect_as_groups, timeout, qps, burst, pace:
            See :func:`rbacgraph.load_live`.
        progress:
            Is called with the number of the server's answers, and of questions.

        Returns
        -------
        Recheck
            One for each written object: as it was, already applied, or changed since. ``.result``
            says whether the suggestion holds, and has the proof.

        Raises
        ------
        InputError
            If the file holds neither, or the server cannot be asked.
        """
        from rbacgraph.advice.saved.recheck import claims_of, recheck
        from rbacgraph.advice.saved.recheck_cut import recheck_cut
        from rbacgraph.api.answers import Recheck
        from rbacgraph.sources.advice.suggestions import read_suggestion
        from rbacgraph.sources.live.asking.dry_run import KINDS, Write, word_of
        from rbacgraph.sources.live.connection.settings import Settings
        from rbacgraph.sources.live.load_live import connected

        saved = read_suggestion(suggestion)
        if isinstance(saved, SavedCut):
            result = recheck_cut(self.authorizer, saved, self.graph_of, effect=effect)
        else:
            result = recheck(self.authorizer, saved, self.graph_of if effect else None)
        if not server:
            return Recheck(result)
        claims = claims_of(self.authorizer, saved)
        writes = [
            Write(change.key, manifest(change.after), new=change.before is None)
            for change, one in zip(saved.changes, result.standing, strict=True)
            if change.after is not None and one.state == "open" and one.kind in KINDS
        ]
        user = connect_as, tuple(as_list(connect_as_groups))
        settings = Settings(
            context, kubeconfig, *user, timeout=timeout, qps=qps, burst=burst, pace=pace
        )
        with connected(settings) as connection:
            report_progress = progress or (lambda _done, _total: None)
            word = word_of(connection, claims, writes, report_progress)
        return Recheck(result.with_server(word))

    def _manner(self, without: Sequence[str], *, tidy: bool, references: bool) -> "Manner":
        from rbacgraph.advice.rewrite.rewriter import Manner
        from rbacgraph.authz.questions.api_resources import resolve_resource

        places = []
        for text in as_list(without):
            resource, slash, subresource = text.partition("/")
            found = resolve_resource(resource, custom_resources=self.snapshot.custom_resources)
            name = f"{found.resource.resource}{slash}{subresource}"
            places.append((found.resource.group, name))
        return Manner(tidy, tuple(places), references)

    def _kept_needs(
        self, usage: "Source | Sequence[Source]", need: "Source | Sequence[Source]"
    ) -> "Needs | None":
        """Return what logs and files say must stay allowed; None if neither is given."""
        from rbacgraph.sources.audit.audit import read_audit

        if not usage and not need:
            return None
        log = read_audit(*_several(usage)) if usage else None
        if log is not None and not log.events:
            raise no_events(_several(usage))
        return _some(self._needs(log, need, ""))

    def _needs(
        self, log: "AuditLog | None", need: "Source | Sequence[Source]", source: str
    ) -> "Needs":
        """Combine the needs of a log and of files; the source is the default principal."""
        from rbacgraph.advice.needs.manifest_needs import stated_by
        from rbacgraph.advice.needs.needs import needs_of
        from rbacgraph.sources.advice.need_files import read_needs

        known = self.authorizer.snapshot
        if not need:
            return needs_of(log, groups=known.groups)
        kind, namespace, _ = parse_principal(source) if source else ("", "", "")
        found = read_needs(
            *_several(need),
            default_namespace=namespace if kind == SERVICE_ACCOUNT else "default",
        )
        by_roles = list(stated_by(found.manifests))
        return needs_of(
            log,
            (*found.stated, *(one for one in by_roles if isinstance(one, Stated))),
            groups=known.groups,
            source=source,
            custom_resources=known.custom_resources,
            diagnostics=(
                *found.diagnostics,
                *(one for one in by_roles if not isinstance(one, Stated)),
            ),
        )


def _some(needs: "Needs") -> "Needs":
    """Refuse empty needs: without any, every right would be removed."""
    wrong = next((d for d in needs.diagnostics if d.severity != "note"), None)
    if needs.log is None and wrong and not any(one.needs for one in needs.needing):
        place = f"{wrong.file}:{wrong.line}" if wrong.line else wrong.file
        raise InputError(f"{place}: {wrong.message}", advice=wrong.advice)
    return needs


def _several(sources: "Source | Sequence[Source]") -> "Sequence[Source]":
    if isinstance(sources, Sequence) and not isinstance(sources, str):
        return sources
    return (sources,)
