from __future__ import annotations

import pytest

from tests.facts.paper_host import PaperHost, text
from wizard.facts.log.syslog_conf import gather

DEBIAN = """\
# mail.* /var/log/comment
*.*;auth,authpriv.none\t\t-/var/log/syslog
mail.*\t\t\t\t-/var/log/mail.log
mail.err\t\t\t/var/log/mail.err
*.emerg\t:omusrmsg:*
"""


@pytest.mark.parametrize(
    ("conf", "files", "elsewhere"),
    [
        (DEBIAN, ("/var/log/mail.log",), 0),
        ("*.*;auth.none -/var/log/syslog\n", ("/var/log/syslog",), 0),
        ("*.info;mail.none /var/log/messages\nmail.* /var/log/maillog\n", ("/var/log/maillog",), 0),
        ("*.info;mail.none /var/log/messages\n", (), 0),
        ("mail.info /m/a\nnews,mail.debug /m/b\nmail.notice /m/c\n", ("/m/a", "/m/b"), 0),
        ("mail.* @@loghost:514\n", (), 1),
        ("mail.* ?PerHost\nmail.* |/run/mail.pipe\n", (), 2),
        ('*.* action(type="omfwd" target="loghost")\n', (), 1),
        ('mail.* action(type="omfile"\n', (), 0),
        ('mail.* action(type="omfile" \\\n  file="/srv/log/mail")\n', ("/srv/log/mail",), 0),
        ("if $syslogfacility-text == 'mail' then /srv/a\n", ("/srv/a",), 0),
        ("if $programname == 'sm-mta' then @loghost\n", (), 1),
        ('destination d_mail { file("/var/log/mail.log"); };\n', ("/var/log/mail.log",), 0),
        ("mail.* /dev/console\n", (), 0),
        ("\x00\xff nonsense ((( \n", (), 0),
    ],
)
def test_where_mails_lines_go(conf: str, files: tuple[str, ...], elsewhere: int) -> None:
    found = gather(PaperHost({"/etc/rsyslog.d/50-default.conf": text(conf)}))
    assert (found.files, len(found.elsewhere), found.unreadable) == (files, elsewhere, ())
    assert all(line.startswith("/etc/rsyslog.d/50-default.conf:") for line in found.elsewhere)


def test_every_configuration_is_read() -> None:
    host = PaperHost(
        {
            "/etc/rsyslog.conf": text("mail.* /a\n"),
            "/etc/rsyslog.d/1.conf": text("mail.* /b\n"),
            "/etc/rsyslog.d/1.conf.bak": text("mail.* /c\n"),
            "/etc/syslog.conf": text("mail.info\t/d\n"),
        }
    )
    assert gather(host).files == ("/a", "/d", "/b")
    locked = PaperHost({"/etc/syslog.conf": text("x")}, locked=("/etc/syslog.conf",))
    assert gather(locked).unreadable == ("/etc/syslog.conf: Permission denied",)
