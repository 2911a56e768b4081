"""Why a practice relay cannot be opened here, in words a person can act on."""


class LabUnavailable(Exception):
    """The lab cannot be built or opened on this machine.

    No StepdownError: the lab's keeper runs with the standard library alone.

    The text names what is missing, gives one command that helps where there is one, and points to
    the recorded relay, which needs none of this.
    """

    def __init__(self, problem: str, remedy: str = "") -> None:
        parts = [problem.rstrip(".") + "."]
        if remedy:
            parts.append(f"What helps: {remedy}")
        parts.append("Without a lab, `stepdown review` opens the recorded relay instead.")
        super().__init__("\n".join(parts))
        self.problem = problem
        self.remedy = remedy
