"""Get-MailboxStatistics: how full a mailbox is."""

from services.sandbox.cmdlets.addressing import mailbox
from services.sandbox.cmdlets.binding import refuse_unserved
from services.sandbox.cmdlets.mailboxes import row, shown
from services.sandbox.cmdlets.registry import CmdletError, Outcome, Parameters, cmdlet
from services.sandbox.store import Store


@cmdlet("Get-MailboxStatistics")
def get_statistics(store: Store, parameters: Parameters) -> Outcome:
    """Sizes and counts, drawn from the mailbox's id; of its archive, where it has one and is asked."""
    refuse_unserved(parameters, {"Identity", "Archive"})
    found = mailbox(store, parameters["Identity"])
    archive = parameters.get("Archive") is True
    if archive and row(store, found)["ArchiveStatus"] == "None":
        raise CmdletError(
            400,
            "Microsoft.Exchange.Management.Tasks.MdbAdminTaskException",
            f"The mailbox '{found.facts['displayName']}' doesn't have an archive.",
        )
    dice = int(found.id[-8:] if archive else found.id[:8], 16)
    large = 60 << 30 if dice % 7 == 3 and not archive else 0
    size, items = dice % (40 << 30) + large + 1_234, dice % 60_000 + 3
    return Outcome([{
        "DisplayName": found.facts["displayName"],
        "MailboxGuid": found.id,
        "MailboxTypeDetail": found.kind,
        "IsArchiveMailbox": archive,
        "TotalItemSize": shown(size),
        "ItemCount": items,
        "TotalDeletedItemSize": shown(size // 9),
        "DeletedItemCount": items // 20,
        "LastLogonTime": found.facts["createdDateTime"],
    }])  # fmt: skip
