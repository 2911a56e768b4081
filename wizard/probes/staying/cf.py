"""RunAsUser in the live cf, and whether the next build of that cf keeps it."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.events import Proof
from wizard.facts import accounts as accounts_fact
from wizard.facts import config as config_fact
from wizard.facts import run_as
from wizard.facts.model import Config
from wizard.facts.run_as import Line, RunAs
from wizard.model import Outcome
from wizard.probes.proof import UNDO, Proving, Target, proof_of
from wizard.probes.staying import start_options

MSP = "smmsp"
"What the MSP's own cf says of itself; whatever else stands there was meant for the daemon's."
ROOT_CHILDREN = f"SMTP children run as root, or no daemon starts at all. {UNDO}"
LOST = (
    "The next build of the cf takes RunAsUser out of it, and the children are root again: make, "
    "sendmailconfig and an upgrade of the package build it. Write at the end of the .mc "
    "define(`confRUN_AS_USER', `USER:GROUP')dnl with a backtick and an apostrophe, then build it."
)


def run_as_user(p: Proving, proof_id: str, title: str) -> Proof:
    """Exactly one active line, and it names the account. Raises Unreadable."""
    cf = p.cf()
    text = p.host.state(p.host.resolve(p.platform.cf_path), content=True).text()
    found = run_as.active(cf.path, text)
    if not found:
        return proof_of(proof_id, Outcome.FOUND, title, _elsewhere(p, cf.path, text), ROOT_CHILDREN)
    accounts = accounts_fact.gather(p.host)
    last = run_as.resolve(found[-1].value, accounts)
    wrong = [f"{found[-1]}: {last.problem}"] if last.problem else _another(p.target, found, last)
    if len(found) > 1:
        several = "more than one: Sendmail takes the first that is not root, whatever comes later"
        wrong = [*map(str, found), several, *(wrong if last.problem else [])]
    wrong = [*wrong, *start_options.against(p.host, last.uid, last.gid)]
    told = wrong or [f"{found[0]}: uid {last.uid}, gid {last.gid}", *_dot(found[0])]
    outcome = Outcome.FOUND if wrong else Outcome.PASS
    return proof_of(proof_id, outcome, title, tuple(told), ROOT_CHILDREN)


def _another(target: Target, found: tuple[Line, ...], last: RunAs) -> list[str]:
    """Whether it is somebody else than whom this proof is about."""
    if not target.uid or (last.uid, last.gid) == (target.uid, target.gid):
        return []
    wanted = f"{target.user}:{target.group} ({target.uid}:{target.gid})"
    return [f"{found[-1]}: {last.uid}:{last.gid}, not {wanted}"]


def _dot(line: Line) -> list[str]:
    if "." not in line.value:
        return []
    return ["the dot divides user and group like a colon: no account can have one in its name"]


def _elsewhere(p: Proving, path: str, text: str) -> tuple[str, ...]:
    """Where RunAsUser was written instead."""
    lines: list[str] = [f"{path}: no active RunAsUser"]
    lines += [f"{line}: {line.why_not}" for line in run_as.commented(path, text)]
    lines += _told(run_as.defines(p.platform.mc_path, _text(p, p.platform.mc_path)))
    submit_cf, submit_mc = (f"{p.platform.mail_dir}/submit.{end}" for end in ("cf", "mc"))
    others = (
        *run_as.active(submit_cf, _text(p, submit_cf)),
        *run_as.defines(submit_mc, _text(p, submit_mc)),
    )
    meant = [line for line in others if line.value and line.value.split(":")[0] != MSP]
    lines += [f"{line}: that is the MSP's file, the daemon does not read it" for line in meant]
    return tuple(lines)


def _told(lines: Iterable[Line]) -> list[str]:
    return [f"{line}: {line.why_not}" if line.why_not else str(line) for line in lines]


def _text(p: Proving, path: str) -> str:
    return p.host.state(p.host.resolve(path), content=True).text()


def built(p: Proving, proof_id: str, title: str) -> Proof:
    """The .mc, built now, says the same of RunAsUser as the cf does. Raises Unreadable."""
    config = config_fact.gather(p.host, p.platform)
    unproven = f"Unproven: {title}"
    if not config.mc.exists:
        reason = f"there is no {config.mc_path}: nothing builds the cf anew"
        return proof_of(proof_id, Outcome.SKIPPED, unproven, (reason,))
    defined = _told(run_as.defines(config.mc_path, config.mc.text()))
    if not config.built or config.m4_problem:
        return _not_built(p, proof_id, title, config, defined)
    now = [line.value for line in run_as.active(config.cf_path, config.cf.text())]
    next_time = run_as.active(config.mc_path, config.built.decode("utf-8", "surrogateescape"))
    values = [line.value for line in next_time]
    if values and values == now:
        return proof_of(proof_id, Outcome.PASS, title, (*defined, *_more(config)))
    told = (
        f"{config.cf_path}: RunAsUser {', '.join(now) or 'nowhere'}",
        f"m4 {config.mc_path}: RunAsUser {', '.join(values) or 'nowhere'}",
        *(defined or [f"{config.mc_path}: no define of confRUN_AS_USER"]),
    )
    if now and p.target.edit == "cf":
        reason = "the cf is edited directly, as it was chosen: a build of the .mc loses RunAsUser"
        return proof_of(proof_id, Outcome.SKIPPED, unproven, (reason, *told))
    meaning = LOST if now else f"The .mc asks for RunAsUser, the cf lacks it. {ROOT_CHILDREN}"
    return proof_of(proof_id, Outcome.FOUND, title, told, meaning if values or now else LOST)


def built_values(p: Proving) -> tuple[str, ...]:
    """What the .mc, built now, would set. Raises Unreadable."""
    config = config_fact.gather(p.host, p.platform)
    text = config.built.decode("utf-8", "surrogateescape")
    return tuple(line.value for line in run_as.active(config.mc_path, text))


def _not_built(p: Proving, proof_id: str, title: str, config: Config, defined: list[str]) -> Proof:
    """m4 makes no cf of it: then nothing else does either, unless it is mended."""
    told = (*config.m4_problem.splitlines()[:5], *defined)
    cannot = not p.host.state(p.platform.m4).exists or not config.built
    if p.target.edit == "cf" or (cannot and "not installed" in config.m4_problem):
        return proof_of(proof_id, Outcome.SKIPPED, f"Unproven: {title}", told)
    meaning = "The next build fails or makes half a cf. Mend the .mc, or put its macros back."
    return proof_of(proof_id, Outcome.FOUND, title, told, meaning)


def _more(config: Config) -> list[str]:
    """What else a build would change: an edit by hand, which somebody answers for."""
    if not config.difference:
        return []
    changed = sum(line[:1] in "+-" and line[:2] not in ("++", "--") for line in config.difference)
    return [f"{config.cf_path} differs from its .mc in {changed} other lines, edited by hand"]
