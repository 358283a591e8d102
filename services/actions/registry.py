"""Registry: every action that can be done to a user, in the order in which they are listed."""

from collections.abc import Mapping

from services.action import Action
from services.actions import (
    assign_devices,
    block_sign_in,
    change_photo,
    convert_to_shared,
    enable_sign_in,
    expire_password,
    manage_mfa,
    remove_photo,
    resend_invitation,
    reset_password,
    revoke_sessions,
    schedule_license_assignment,
    schedule_sign_in_block,
)
from services.actions.page import PageAction

ACTIONS: tuple[Action | PageAction, ...] = (
    reset_password.ACTION,
    expire_password.ACTION,
    enable_sign_in.ACTION,
    block_sign_in.ACTION,
    schedule_sign_in_block.ACTION,
    schedule_license_assignment.ACTION,
    revoke_sessions.ACTION,
    assign_devices.ACTION,
    manage_mfa.ACTION,
    convert_to_shared.ACTION,
    resend_invitation.ACTION,
    change_photo.ACTION,
    remove_photo.ACTION,
)

BY_ID: Mapping[str, Action | PageAction] = {action.id: action for action in ACTIONS}

FORMS: Mapping[str, Action] = {action.id: action for action in ACTIONS if isinstance(action, Action)}
"""Those that ask by a form, by id: what can be planned, and stored for later."""
