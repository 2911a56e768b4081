"""Jobs that mail their owner from this host: crontabs, at, and programs with a recipient set.

Such mail is submitted to the MSP, which hands it to the MTA under a full name: `root` becomes
root@relay1.example.net. Where it would go is asked of Sendmail twice, first with submit.cf, then
with the MTA's cf. Crontabs of users are theirs: nothing in them is run, no link is followed, and
what could be taken for an option or a command is never asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from wizard.facts.job import crontabs
from wizard.facts.job import settings as job_settings
from wizard.facts.job.sources import Found
from wizard.facts.mail_model import Jobs, Route
from wizard.facts.resolutions import ask
from wizard.host.base import HostReader, Unreadable
from wizard.platforms.base import Platform

RECIPIENTS = 200
"Distinct recipients that are asked for."
_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:%+@!=/-]{0,250}")
"Close to cron's own rule for MAILTO."


def gather(host: HostReader, platform: Platform) -> Jobs:
    """Read the crontabs and the settings of well-known jobs. Raises Unreadable."""
    found = Found(host)
    crontabs.collect(found)
    job_settings.collect(found)
    recipients: dict[str, str] = {}
    for job in found.jobs:
        recipients.setdefault(job.recipient, job.place)
    routes, left_out = _routes(host, platform, recipients)
    return Jobs(tuple(found.jobs), tuple(found.unreadable), routes, left_out)


def _routes(
    host: HostReader, platform: Platform, recipients: Mapping[str, str]
) -> tuple[tuple[Route, ...], tuple[str, ...]]:
    routes: list[Route] = []
    left_out: list[str] = []
    if host.identity().euid != 0:
        return (), tuple(f"{name}  sendmail -bv misleads anybody but root" for name in recipients)
    for recipient, place in recipients.items():
        if not _SAFE.fullmatch(recipient):
            left_out.append(f"{place}  {recipient!a}: no plain address, and cannot be asked for")
        elif len(routes) >= RECIPIENTS:
            left_out.append(f"{recipient}  is not asked for: beyond {RECIPIENTS} recipients")
        else:
            try:
                routes.append(_route(host, platform, recipient))
            except Unreadable as problem:
                left_out.append(f"{recipient}  {problem}")
    return tuple(routes), tuple(left_out)


def _route(host: HostReader, platform: Platform, recipient: str) -> Route:
    """Ask the MSP, then the MTA for what the MSP hands on. Raises Unreadable."""
    submit_cf = f"{platform.mail_dir}/submit.cf"
    if not host.state(submit_cf).exists:
        return Route(recipient, None, ask(host, platform, recipient, "job", ""))
    submitted = ask(host, platform, recipient, "job", "", cf_path=submit_cf)
    handed_on = next((one.user for one in submitted.destinations), "")
    if not handed_on:
        return Route(recipient, submitted, submitted)
    return Route(recipient, submitted, ask(host, platform, handed_on, "job", ""))
