"""Registry: every action that can be done to a user, in the order in which they are listed."""

from collections.abc import Mapping

from services.action import Action
from services.actions import (
    assign_devices,
    block_sign_in,
    convert_to_shared,
    enable_sign_in,
    resend_invitation,
    revoke_sessions,
    schedule_license_assignment,
    schedule_sign_in_block,
)

ACTIONS: tuple[Action, ...] = (
    enable_sign_in.ACTION,
    block_sign_in.ACTION,
    schedule_sign_in_block.ACTION,
    schedule_license_assignment.ACTION,
    revoke_sessions.ACTION,
    assign_devices.ACTION,
    convert_to_shared.ACTION,
    resend_invitation.ACTION,
)

BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}
