"""The view of each shape of tab."""

from typing import TypeAlias

from services.session import Session
from services.tabs.tab import PropertyTab, Tab, ToggleTab
from services.user import User
from tui.screens.views.acting import keyed
from tui.screens.views.property_view import PropertyView
from tui.screens.views.record_view import RecordView
from tui.screens.views.toggle_view import ToggleView
from tui.staging import Staging

AnyView: TypeAlias = ToggleView | PropertyView | RecordView


def view_of(tab: Tab, session: Session, staging: Staging, user: User) -> AnyView:
    """A view that shows this tab of this user, as soon as it is mounted."""
    if isinstance(tab, ToggleTab):
        return keyed(ToggleView, tab.actions)(session, staging, user, tab)
    if isinstance(tab, PropertyTab):
        return PropertyView(session, staging, user, tab)
    return keyed(RecordView, tab.actions)(session, staging, user, tab)
