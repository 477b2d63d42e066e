"""Turns an edit into what an answer says of it: its object, its effect, and who loses what."""

from rbacgraph.advice.edits.describe_edit import EditStatements
from rbacgraph.advice.edits.editor import Editor
from rbacgraph.advice.edits.edits import Edit
from rbacgraph.advice.edits.losers import EditLosses, Hidden
from rbacgraph.facts.world import Facts
from rbacgraph.model.changes.cut import CutEdit
from rbacgraph.model.changes.statement import all_of


class EditDescriber:
    """Describes edits.

    ``editor``: the possible edits.
    ``world``: the cluster as it is.
    ``losing``: finds who loses what.
    """

    def __init__(self, editor: Editor, world: Facts, losing: EditLosses) -> None:
        self._editor = editor
        self._world = world
        self._losing = losing
        self.statements = EditStatements(editor)

    def describe(
        self,
        edit: Edit,
        *,
        closes: tuple[int, int] | None = None,
        hidden: Hidden | None = None,
    ) -> CutEdit:
        """Return an edit with who loses what by it.

        ``closes``: how many principals lose a path by it that is certain for them, and how many
            others; those that lose something if not given.
        ``hidden``: what a log cannot show, which is noted.
        """
        obj = self._editor.objects[edit.key]
        file, line = self._world.snapshot.where(obj)
        kind, namespace, name = edit.key
        loses = self._losing.losers(edit)
        unseen = self._losing.unseen(edit, hidden) if hidden else ()
        return CutEdit(
            kind=kind,
            namespace=namespace,
            name=name,
            file=file,
            line=line,
            text=self.statements.text(edit),
            closes=len(loses) if closes is None else closes[0],
            closes_conditional=0 if closes is None else closes[1],
            loses=loses,
            lost=tuple(self.statements.lost(edit)),
            not_listed=self.statements.not_listed(edit),
            note=all_of((self.statements.note(edit), *unseen)),
        )
