"""From a tab on the screen to an export in the journal: what is asked, and what is started."""

from pathlib import Path
from typing import TYPE_CHECKING

from services.errors import RollcallError
from services.export.order import exportable, order, suggested
from services.tabs.tab import Row
from services.task import Export, Format
from state.errors import StateError
from tui.background import start_beside
from tui.screens.dialogs.export import ExportDialog, Wanted
from tui.screens.views.record_view import RecordView
from tui.screens.views.shapes import AnyView
from tui.screens.views.toggle_view import ToggleView

if TYPE_CHECKING:
    from tui.screens.page import Page


def export(page: "Page", view: AnyView, behind: Row | None = None) -> None:
    """Asks what to write, and starts it; `behind` is the row whose page this is, where it is one."""
    if (objection := exportable(view.tab, behind)) or not isinstance(view, ToggleView | RecordView):
        page.say(f"{objection}.")
        return

    def suggest(kind: Format) -> Path:
        return suggested(view.session.state_dir, view.user, view.tab, kind, view.session.clock.now())

    def chosen(wanted: Wanted | None) -> None:
        if wanted is not None:
            start_beside(page, "export", _start, page, view, behind, wanted)

    every, shown = _rows(view)
    about = (
        "It goes on in the background, whatever happens to this screen. What is staged and not applied yet "
        "is not in the file."
    )
    page.app.push_screen(ExportDialog(f"Export {view.tab.title}", every, shown, about, suggest), chosen)


def _rows(view: ToggleView | RecordView) -> tuple[str, str]:
    """All rows, and those that the filter or the mode shows ("" when that is all)."""
    table = view.table
    complete = isinstance(view, ToggleView) or view.complete
    every = f"All {table.total:,}" if complete else "All, read to the end"
    kept = []
    if isinstance(view, ToggleView) and view.table.mode != "all":
        kept.append(f"{view.table.mode} only")
    if table.filter_text:
        kept.append(f'filter "{table.filter_text}"')
    if not kept:
        return every, ""
    count = f"{table.shown:,}" if complete else "All"
    return every, f"{count} shown: {', '.join(kept)}"


async def _start(page: "Page", view: ToggleView | RecordView, behind: Row | None, wanted: Wanted) -> None:
    try:
        await view.session.export(_order(view, behind, wanted), view.user.name)
    except (RollcallError, StateError) as error:
        page.say_error(error)
        return
    page.say(f"Exporting to {wanted.path}. Shift+F6 lists it; o opens the file there.")


def _order(view: ToggleView | RecordView, behind: Row | None, wanted: Wanted) -> Export:
    """The order as data: nothing in it needs the screen again."""
    table = view.table
    toggles = isinstance(view, ToggleView)
    mode = view.table.mode if isinstance(view, ToggleView) and wanted.shown_rows else "all"
    return order(
        view.tab,
        view.user,
        wanted.path,
        columns=table.visible_columns if wanted.shown_columns else (),
        filter=table.filter_text if wanted.shown_rows else "",
        narrow={} if isinstance(view, ToggleView) else view.chosen,
        mode=mode,
        staged=tuple(dict.fromkeys(change.row for change in view.staged)) if toggles else (),
        overwrite=wanted.overwrite,
        behind=behind,
    )
