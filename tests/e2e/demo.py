"""demo.py - `./setup demo`: what listd does, on one page, by a real server on loopback

The same server, list and sink that the end-to-end tests use. Every line shown is what was really sent or stored.
"""
import argparse
import json
import os
import re
import signal
import sys

from lab import List, lab_server
from mails import Mail, compose
from server import LISTCTL

TEXTS = {
    "en": {
        "title": "listd: a mailing list whose membership does not leak",
        "post": "1. Anna posts. What she sent, and what Ben gets (! a leak that is gone, > made by listd):",
        "sent": "sent by Anna", "got": "got by Ben",
        "same": "2. A member and a stranger post. What the server says to each, side by side:",
        "member": "to a member", "stranger": "to a stranger",
        "equal": "   {octets} octets each, and not one differs. The stranger's post is held, in silence: {held}",
        "stored": "3. A search of everything that is stored ({files} files, {size} KiB) for the members:",
        "found": "   {word:<28} found {count} times",
        "size": "4. A post that is too large is refused in the dialogue, never bounced:",
        "report": "5. What the owner reads every day, members masked (the page has more, also as HTML):",
        "lines": ("*", "posts", "authors", "held", "members now", "a***", "copies", "Nobody"),
        "kept": "It goes on running (process {pid}). Try, then end it with the last line:",
        "fails": "This should not have happened; the log is {log}",
    },
    "ja": {
        "title": "listd: 会員が誰にも知られないメーリングリスト",
        "post": "1. Anna の投稿。送られたものと Ben に届いたもの(! は消えた情報、> は listd が作ったもの):",
        "sent": "Anna が送った投稿", "got": "Ben に届いた投稿",
        "same": "2. 会員と部外者が投稿します。サーバーの応答を並べると:",
        "member": "会員へ", "stranger": "部外者へ",
        "equal": "   どちらも {octets} オクテットで、1 オクテットも違いません。部外者の投稿は黙って保留: {held}",
        "stored": "3. 保存された全ファイル({files} 個、{size} KiB)から会員を探すと:",
        "found": "   {word:<28} {count} 件",
        "size": "4. 大きすぎる投稿は SMTP の対話の中で断り、エラーメールは出しません:",
        "report": "5. オーナーに毎日届くレポート。会員は伏せ字(抜粋。HTML 版も届きます):",
        "lines": ("*", "投稿 ", "投稿者", "保留", "現在の会員", "a***", "送信", "不正中継"),
        "kept": "動いたままです(プロセス {pid})。お試しください。最後の行で終了します:",
        "fails": "起きるはずのないことが起きました。ログは {log} です",
    },
}
MEMBERS = ("Anna Ames", "Ben Berg", "Carla Cruz")
LEAKS = (("Received", "from laptop.home ([203.0.113.7]) by mail.people1.example"),
         ("X-Originating-IP", "[203.0.113.7]"),
         ("User-Agent", "Harvester's Delight 2.0"),
         ("Disposition-Notification-To", "anna@people1.example"))
PLAIN = ("X-ML-Name", "X-Mail-Count", "List-Id", "List-Post", "List-Help", "List-Owner", "Precedence", "MIME-Version", "Content-Type",
         "Content-Transfer-Encoding")
WIDTH = 118


def cut(text, width):
    return text if len(text) <= width else text[:width - 3] + "..."


def show_fields(octets, marks, names_only=()):
    """Fields of `names_only` stand in one line, without their values."""
    fields = Mail(octets).fields
    for name, value in fields:
        if name not in names_only:
            print(cut(f"   {marks(name)} {name}: {re.sub('[a-z2-7]{32}', 'TICKET', value)}", WIDTH))
    if names_only:
        print(f"   > {', '.join(name for name, _ in fields if name in names_only)}")


def show_post(texts, group, sink):
    print(texts["post"])
    author = f"Anna Ames <{group.members[0]}>"
    post = compose(author, group.address, "Friday", "Shall we meet on Friday?\n\nAnna\n", extra=LEAKS,
                   date="Fri, 20 Nov 2026 18:23:01 +0900")
    group.post(group.members[0], post)
    [copy] = sink.wait_to(group.members[1])
    passing = {name.lower() for name in Mail(copy.data).names} & {"subject", "mime-version", "content-type"}
    print(f"   {texts['sent']}")
    show_fields(post, lambda name: " " if name.lower() in passing | {"to"} else "!")
    print(f"   {texts['got']}")
    show_fields(copy.data, lambda name: " " if name.lower() in passing else ">", PLAIN)
    for line in filter(None, Mail(copy.data).body.decode().splitlines()):
        print(f"     | {line}")


def talk(server, author, recipient):
    with server.smtp() as client:
        client.post(author, [recipient], compose(f"Somebody <{author}>", recipient))
        client.say("QUIT")
        return client.heard


def show_same(texts, group, server):
    print(texts["same"])
    member, stranger = (talk(server, author, group.address) for author in (group.members[1], "zoe@stranger.example"))
    if member != stranger:
        raise AssertionError(f"{member!r} is not {stranger!r}")
    print(f"   {texts['member']:<40}{texts['stranger']}")
    for ours, theirs in zip(member.decode().splitlines(), stranger.decode().splitlines()):
        print(f"   {ours:<40}{theirs}")
    server.settle()
    print(texts["equal"].format(octets=len(member), held=", ".join(row["reason"] for row in group.held())))


def show_stored(texts, group, server):
    files = {path: path.read_bytes().lower() for path in server.stored_files()}
    print(texts["stored"].format(files=len(files), size=sum(map(len, files.values())) // 1024))
    for word in (group.members[0], group.members[1].partition("@")[2], "Anna Ames", "Shall we meet"):
        count = sum(octets.count(word.lower().encode()) for octets in files.values())
        print(texts["found"].format(word=word, count=count))
        if count:
            raise AssertionError(f"{word} stands in a stored file")


def show_size(texts, group, server):
    print(texts["size"])
    with server.smtp() as client:
        line = f"MAIL FROM:<{group.members[0]}> SIZE=20000000"
        answer = client.say(line)
    print(f"   > {line}\n   < {answer.decode().strip()}")
    if not answer.startswith(b"552"):
        raise AssertionError(answer)


def show_report(texts, group, server):
    server.settle()
    print(texts["report"])
    report = json.loads(server.listctl("--json", "report", "show", group.address))
    print(f"   Subject: {report['subject']}")
    lines = report["text"].splitlines()
    for start in texts["lines"]:
        line = next(line for line in lines if line.strip().startswith(start))
        print("   " + re.split("[.] |（", line)[0])
    if any(member in report["text"] for member in group.members):
        raise AssertionError("the report names a member")


def tell(server, texts, lang):
    group = List(server, members=(), name="ml", owner="olga@people1.example", settings={"title": "Friends"})
    server.listctl("list", "set", group.address, "lang", lang)
    group.members = [f"{name.split()[0].lower()}@people1.example" for name in MEMBERS]
    server.listctl("member", "add", group.address, "--file", "-",
                   stdin="".join(f"{name} <{member}>\n" for name, member in zip(MEMBERS, group.members)))
    print(texts["title"], end="\n\n")
    show_post(texts, group, server.sink)
    show_same(texts, group, server)
    show_stored(texts, group, server)
    show_size(texts, group, server)
    show_report(texts, group, server)
    return group


def keep_running(server, texts, group):
    print(texts["kept"].format(pid=server.process.pid))
    for words in (("status",), ("member", "ls", group.address), ("held", "ls")):
        print(f"   {LISTCTL} -c {server.conf} {' '.join(words)}")
    print(f"   kill {server.process.pid}")


def run(lang, keep, told):
    texts = TEXTS[lang]
    with lab_server({"server": {"hostname": "mx.lists.example"}}) as server:
        try:
            group = tell(server, texts, lang)
        except Exception:
            print(texts["fails"].format(log=server.log_file), file=sys.stderr)
            os.environ["LISTD_E2E_KEEP"] = "1"
            raise
        if keep:
            keep_running(server, texts, group)
            sys.stdout.flush()
            told()
            server.process.wait()


def main():
    parser = argparse.ArgumentParser(prog="./setup demo")
    parser.add_argument("--lang", choices=sorted(TEXTS), default="en")
    parser.add_argument("--keep", action="store_true", help="leave the server running, with commands to try")
    options = parser.parse_args()
    if not options.keep:
        run(options.lang, False, None)
        return 0
    # the sink lives in this process, so the story is told by a child that stays as long as the server does
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.close(reader)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        run(options.lang, True, lambda: os.write(writer, b"."))
        return 0
    os.close(writer)
    return 0 if os.read(reader, 1) else 1


if __name__ == "__main__":
    sys.exit(main())
