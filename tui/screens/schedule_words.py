"""ScheduleWords: a schedule in words: when, what became of it, and all that is known about it."""

from services.when import own_zone, shown_both
from state.schedule_values import NewSchedule, Schedule, ScheduleStatus


def moment(plan: NewSchedule) -> str:
    """When, in the schedule's zone and in the operator's."""
    return shown_both(plan.at, plan.zone, own_zone())


def status_of(schedule: Schedule) -> str:
    """What became of it so far."""
    late = ", late" if schedule.late else ""
    if schedule.status is ScheduleStatus.MISSED:
        return "missed: run it?"
    if schedule.status is ScheduleStatus.WAITING and schedule.attempts:
        return f"waiting, try {schedule.attempts + 1}"
    if schedule.process is not None:
        return f"{schedule.status.value}{late}: #{schedule.process}"
    return schedule.status.value


def details_of(schedule: Schedule) -> list[tuple[str, str]]:
    """Label and text of all that is known about it."""
    plan = schedule.plan
    pairs = [
        ("What", f"{plan.title} {plan.about}".strip()),
        ("User", plan.user_name),
        ("When", moment(plan)),
        ("As typed", f"{plan.local} {plan.zone}"),
        ("Status", status_of(schedule)),
    ]
    if schedule.sentence:
        pairs.append(("Because", schedule.sentence))
    if plan.reason:
        pairs.append(("Reason", plan.reason))
    pairs += [("Operator", plan.operator), ("Made", f"{schedule.created_at.astimezone():%Y-%m-%d %H:%M:%S}")]
    if schedule.ended_at:
        pairs.append(("Ended", f"{schedule.ended_at.astimezone():%Y-%m-%d %H:%M:%S}"))
    return pairs
