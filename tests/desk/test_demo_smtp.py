"""The demo's mail collector speaks enough SMTP for a real client and keeps what it is sent."""

from __future__ import annotations

from email.message import EmailMessage

import aiosmtplib

from desk.demo.smtp import HOST, MailCollector


async def test_mail_collector_keeps_a_message_with_arabic_and_dotted_lines() -> None:
    """Subject, body and a line that starts with a dot arrive as sent."""
    collector = await MailCollector().start()
    mail = EmailMessage()
    mail["From"], mail["To"] = "vigie@sample.invalid", "desk@sample.invalid"
    mail["Subject"] = "تنبيه"
    mail.set_content("first\n.second\n..third\n")
    try:
        await aiosmtplib.send(mail, hostname=HOST, port=collector.port, timeout=5)
    finally:
        await collector.stop()
    kept = collector.messages[0]
    assert kept["Subject"] == "تنبيه"
    assert kept.get_content().splitlines() == ["first", ".second", "..third"]
