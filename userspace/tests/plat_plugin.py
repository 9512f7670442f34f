#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
The plugin in the real pppd, with a scripted PPP peer; see plat_plugin.sh.

    test <--- kpptp-fd ---> pppd + kpptp.so <--- frames (noppp.so) ---> Peer

Each test reads what the plugin tells the daemon. Nothing is timed: a test waits
for a message, for the end of pppd, or for an answer that must come.
"""
import os
import select
import socket
import struct
import subprocess
import sys

PLUGIN, NOPPP, OTHER = sys.argv[1:4]
LCP, PAP, CHAP, IPCP, IPV6CP, CCP = 0xC021, 0xC023, 0xC223, 0x8021, 0x8057, 0x80FD
REQ, ACK, NAK, REJ, TERM, TERM_ACK, ECHO, ECHO_REPLY = 1, 2, 3, 4, 5, 6, 9, 10
SECONDS = 30
OURS, THEIRS = '10.0.0.1', '10.0.0.2'       # the peer's address, pppd's


class Failed(Exception):
    pass


def option(kind, value):
    return bytes([kind, len(value) + 2]) + value


def address(text):
    return option(3, socket.inet_aton(text))


class Pppd:
    """pppd with the plugin; what it sends goes to frame(), what it says to said."""

    answer = 'peer -'   # to "auth NAME"
    keep = 'keep'       # to "up" of a server
    remote = '10.0.0.9' # what pppd is started with for the peer

    def __init__(self, server, words):
        self.chan, chan = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.unit, unit = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.plugin, plugin = socket.socketpair()
        self.log, log = os.pipe()
        self.said = []          # lines of the plugin
        self.printed = b''
        self.partial = b''
        self.server = server    # pppd is
        passed = [chan.fileno(), unit.fileno(), plugin.fileno()]
        first = ['/usr/sbin/pppd', 'plugin', PLUGIN, 'kpptp-local', '127.0.0.1', 'kpptp-peer', '127.0.0.2',
                 'kpptp-call-id', '5', 'kpptp-peer-call-id', '7', 'kpptp-fd', str(plugin.fileno()),
                 'noipv6', 'noipdefault', 'lcp-max-terminate', '1', 'mtu', '1400', 'mru', '1400']
        if server:
            first += [THEIRS + ':' + self.remote, 'auth', 'kpptp-ask-peer', 'kpptp-ask-address']
        else:
            first += ['noauth', 'user', 'alice', 'kpptp-await-peer']
            self.plugin.sendall(b'secret ' + b'wonderland'.hex().encode() + b'\n')
        self.pppd = subprocess.Popen(
            first + words + ['nodetach', 'nopersist'], pass_fds=passed, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env={'PATH': os.environ['PATH'], 'LD_PRELOAD': NOPPP, 'NOPPP_CHAN': str(passed[0]), 'NOPPP_UNIT': str(passed[1])})
        for end in chan, unit, plugin:
            end.close()
        os.close(log)
        self.sources = [self.chan, self.unit, self.plugin, self.log]

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if self.pppd.poll() is None:
            self.pppd.kill()
        self.pppd.wait()
        if kind:
            print('# plugin: %s\n# pppd: %s' % (self.said, self.printed.decode(errors='replace').replace('\n', '\n# ')))

    def give(self, frame):
        try:
            (self.chan if frame[0] >= 0xC0 else self.unit).send(frame)
        except OSError:
            pass                # pppd has gone, which is noticed elsewhere

    def plugin_octets(self, data):
        *lines, self.partial = (self.partial + data).split(b'\n')
        for line in lines:
            text = line.decode('latin-1')
            self.said.append(text)
            if text == 'closing':
                self.plugin.sendall(b'proceed\n')
            elif text.startswith('auth '):
                self.plugin.sendall(self.answer.encode() + b'\n')
            elif text.startswith('up ') and self.server:
                self.plugin.sendall(self.keep.encode() + b'\n')

    def take(self, source):
        try:
            data = os.read(source if source == self.log else source.fileno(), 65536)
        except ConnectionResetError:
            return              # pppd has left something unread; what it wrote comes now
        except OSError:
            data = b''
        if not data:
            self.sources.remove(source)
        elif source == self.log:
            self.printed += data
        elif source == self.plugin:
            self.plugin_octets(data)
        else:
            self.frame(data)

    def others(self):
        """Those whose frames must go on as well."""
        return []

    def step(self):
        ends = [self] + self.others()
        ready = select.select([s for end in ends for s in end.sources], [], [], SECONDS)[0]
        if not ready:
            raise Failed('nothing has happened for %d s' % SECONDS)
        for end in ends:
            for source in [s for s in end.sources if s in ready]:
                end.take(source)

    def until(self, condition, what):
        while not condition():
            if not self.sources:
                raise Failed('pppd has ended before ' + what)
            self.step()

    def hears(self, begin):
        """Waits for a line of the plugin, and returns it."""
        self.until(lambda: any(s.startswith(begin) for s in self.said), begin)
        return next(s for s in self.said if s.startswith(begin))

    def end(self):
        """Reads all that comes until pppd is gone."""
        while self.sources:
            self.step()
        return self.pppd.wait()

    def quit(self):
        self.pppd.terminate()
        return self.end()


class Peer(Pppd):
    """PPP on the other end. It takes what is asked; tests change on[...]."""

    def __init__(self, *args, server=False, auth=option(3, b'\xc0\x23')):
        super().__init__(server, (['require-pap'] if server else []) + list(args))
        self.on = {}            # (protocol, code): function(identifier, data)
        self.opened = {}        # protocol: what both ends have acknowledged
        self.echoes = True
        self.wishes = {LCP: b'' if server else auth, IPCP: address('0.0.0.0' if server else OURS),
                       IPV6CP: option(1, bytes(range(8)))}
        self.sent_request = set()

    def send(self, protocol, code, identifier, data):
        self.give(struct.pack('>HBBH', protocol, code, identifier, 4 + len(data)) + data)

    def request(self, protocol):
        self.sent_request.add(protocol)
        self.send(protocol, REQ, 1, self.wishes[protocol])

    def open(self, protocol, half):
        self.opened.setdefault(protocol, set()).add(half)

    def is_open(self, protocol):
        return len(self.opened.get(protocol, ())) == 2

    def usual(self, protocol, code, identifier, data):
        if code == REQ:
            if protocol not in self.sent_request:
                self.request(protocol)
            if protocol == IPCP and address('0.0.0.0') in data:
                self.send(protocol, NAK, identifier, address(THEIRS))
            else:
                self.open(protocol, 'theirs')
                self.send(protocol, ACK, identifier, data)
        elif code == ACK:
            self.open(protocol, 'ours')
            if protocol == LCP and self.server:
                self.send(PAP, 1, 1, b'\x05alice\x0awonderland')
        elif code == NAK:
            self.wishes[protocol] = data
            self.request(protocol)
        elif code == TERM:
            self.send(protocol, TERM_ACK, identifier, b'')
        elif protocol == LCP and code == ECHO and self.echoes:
            self.send(protocol, ECHO_REPLY, identifier, b'\0\0\0\0' + data[4:])

    def frame(self, frame):
        protocol, code, identifier, length = struct.unpack('>HBBH', frame[:6])
        data = frame[6:2 + length]
        if (protocol, code) in self.on:
            self.on[protocol, code](identifier, data)
        elif protocol == PAP and code == 1:
            self.send(PAP, 2, identifier, b'\x00')
        elif protocol in (LCP, IPCP, IPV6CP):
            self.usual(protocol, code, identifier, data)
        elif protocol not in (PAP, CHAP):
            self.send(LCP, 8, 99, frame)        # Protocol-Reject


class Half(Pppd):
    """One of two that talk with each other."""

    def frame(self, frame):
        self.other.give(frame)

    def others(self):
        return [self.other]


def expect(found, wanted):
    if found != wanted:
        raise Failed('found %r, wanted %r' % (found, wanted))


def expect_in(wanted, lines):
    if wanted not in lines:
        raise Failed('no %r in %r' % (wanted, lines))


# ------------------------------------------------------------------- up, or not

def up_once_the_peer_has_answered():
    answered = []
    with Peer() as p:
        usual = p.usual

        def note(identifier, data):
            if p.is_open(IPCP):
                answered.append(identifier)
                if any(s.startswith('up') for s in p.said):
                    raise Failed('up before the peer was asked')
            usual(LCP, ECHO, identifier, data)
        p.on[LCP, ECHO] = note
        expect(p.hears('up '), 'up ppp0 %s %s' % (THEIRS, OURS))
        if not answered:
            raise Failed('the peer was not asked')
        p.quit()


def not_up_when_the_peer_turns_the_address_away():
    with Peer() as p:
        usual = p.usual

        def refuse(identifier, data):
            if address('0.0.0.0') in data:
                return usual(IPCP, REQ, identifier, data)
            usual(IPCP, REQ, identifier, data)
            p.send(IPCP, TERM, 9, b'Unauthorized remote IP address')
        p.on[IPCP, REQ] = refuse
        p.on[IPCP, TERM_ACK] = lambda *_: p.send(LCP, TERM, 8, b'No network protocols running')
        p.end()
        expect([s for s in p.said if s.startswith('up')], [])
        expect_in('says ipcp Unauthorized remote IP address', p.said)


def not_up_when_chap_secrets_allow_no_address():
    """The same with pppd at both ends; her fourth column is empty."""
    with open('/etc/ppp/chap-secrets') as file:
        usual = file.read()
    with open('/etc/ppp/chap-secrets', 'w') as file:
        file.write('bob * builder *\nalice * wonderland\n')
    try:
        with Half(True, ['require-mschap-v2', 'nomppe', 'noccp']) as server, Half(False, ['nomppe', 'noccp']) as client:
            server.other, client.other = client, server
            client.end()
            expect([s for s in client.said + server.said if s.startswith('up')], [])
            expect_in('says ipcp Unauthorized remote IP address', client.said)
    finally:
        with open('/etc/ppp/chap-secrets', 'w') as file:
            file.write(usual)


def ipv6_waits_for_ipv4_that_is_on_its_way():
    """Who waits for the link is told of it once, and wants to hear the address."""
    with Peer('+ipv6') as p:
        usual = p.usual
        asked, echoes = [], []

        def answer(identifier, data):
            echoes.append(identifier)
            usual(LCP, ECHO, identifier, data)
            if len(echoes) == 2:
                del p.on[IPCP, REQ]
                usual(IPCP, REQ, *asked[-1])
        p.on[IPCP, REQ] = lambda *request: asked.append(request)
        p.on[LCP, ECHO] = answer
        p.hears('up6 ')
        expect([s.split()[0] for s in p.said if s.startswith('up')], ['up', 'up6'])
        p.quit()


def ipv6_alone():
    with Peer('+ipv6') as p:
        p.on[IPCP, REQ] = lambda *_: None
        p.hears('up6 ')
        p.quit()


def up_even_if_the_peer_never_answers():
    with Peer() as p:
        p.echoes = False
        p.hears('up ')
        p.quit()


# ---------------------------------------------------------------------- reasons

def words_of_a_refused_log_in():
    with Peer() as p:
        p.on[PAP, 1] = lambda identifier, data: p.send(PAP, NAK, identifier, b'\x0eaccount locked')
        expect(p.end(), 19)
        expect_in('says login account locked', p.said)


def words_of_ms_chap():
    text = b'E=691 R=0 C=00112233445566778899AABBCCDDEEFF V=3 M=go\naway'
    with Peer('refuse-pap', auth=option(3, b'\xc2\x23\x81')) as p:
        usual = p.usual

        def challenge(identifier, data):
            usual(LCP, ACK, identifier, data)
            p.send(CHAP, 1, 5, b'\x10' + bytes(range(16)) + b'server')
        p.on[LCP, ACK] = challenge
        p.on[CHAP, 2] = lambda identifier, data: p.send(CHAP, 4, identifier, text)
        expect(p.end(), 19)
        expect_in('says login ' + text.decode().replace('\n', '?'), p.said)


def words_of_a_terminate_request():
    with Peer() as p:
        p.on[IPCP, REQ] = lambda *_: p.send(LCP, TERM, 7, b'MPPE required but peer negotiation failed' + b'x' * 300)
        p.end()
        line = p.hears('says lcp MPPE required but peer negotiation failedx')
        if len(line) > 160:
            raise Failed('%d octets' % len(line))


def the_end_of_mppe_is_no_reason():
    with Half(True, ['require-mschap-v2', 'require-mppe-128']) as server, Half(False, ['require-mppe-128']) as client:
        server.other, client.other = client, server
        client.hears('up ')
        server.hears('up ')
        server.pppd.terminate()
        expect(client.hears('says lcp '), 'says lcp User request')
        client.quit()


def our_own_words():
    with Peer('require-mppe-128', 'refuse-pap', auth=option(3, b'\xc2\x23\x05')) as p:
        usual = p.usual

        def challenge(identifier, data):
            usual(LCP, ACK, identifier, data)
            p.send(CHAP, 1, 5, b'\x10' + bytes(range(16)) + b'server')
        p.on[LCP, ACK] = challenge
        p.on[CHAP, 2] = lambda identifier, data: p.send(CHAP, 3, identifier, b'fine')
        p.end()
        expect_in('ends MPPE required but not available', p.said)


# ------------------------------------------------- beside another plugin's hooks

class Asking(Peer):
    """As the daemon starts it: the address comes when the peer has proved who it is."""

    remote = ''


def address_of(answer, *args):
    """What "up" says of a peer for which the daemon answers @answer."""
    with Asking(*args, server=True) as p:
        p.answer = answer
        line = p.hears('up ')
        p.quit()
        return line.split()[3], socket.inet_ntoa(p.wishes[IPCP][2:6])


def the_address_of_the_peers_section():
    expect(address_of('own 10.0.0.66'), ('10.0.0.66', '10.0.0.66'))


def it_goes_before_what_another_plugin_says():
    expect(address_of('own 10.0.0.66', 'plugin', OTHER), ('10.0.0.66', '10.0.0.66'))


def another_plugin_is_heard_otherwise():
    expect(address_of('peer -', 'plugin', OTHER), ('10.0.0.7', '10.0.0.7'))


def the_pool_is_for_who_has_no_address():
    expect(address_of('peer 10.0.0.77'), ('10.0.0.77', '10.0.0.77'))
    expect(address_of('peer 10.0.0.77', 'plugin', OTHER), ('10.0.0.7', '10.0.0.7'))


def no_address_no_link():
    with Asking(server=True) as p:
        words = []

        def note(identifier, data):
            words.append(data)
            p.send(LCP, TERM_ACK, identifier, b'')
        p.on[LCP, TERM] = note
        p.answer = 'refuse no address left in the pool'
        p.end()
        expect_in('no address left in the pool', '\n'.join(p.said))
        expect([line for line in p.said if line.startswith('up ')], [])
        expect(words, [b'no address left in the pool'])


def an_address_of_somebody_else():
    """The peer hears of it before the answer to the echo, by which it would take the link for up."""
    with Half(True, ['require-mschap-v2', 'nomppe', 'noccp']) as server, Half(False, ['nomppe', 'noccp']) as client:
        server.other, client.other = client, server
        server.keep = 'refuse its address is in use'
        client.end()
        expect_in('says lcp its address is in use', client.said)
        expect([s for s in client.said if s.startswith('up')], [])


def name_servers_beside_another_plugin():
    with Peer('kpptp-dns-hook', '/bin/true', 'plugin', OTHER) as p:
        asked = []
        usual = p.usual

        def note(identifier, data):
            asked.append(data)
            usual(IPCP, REQ, identifier, data)
        p.on[IPCP, REQ] = note
        p.until(lambda: asked, 'it asks for an address')
        if b'\x81\x06' not in asked[0] or b'\x83\x06' not in asked[0]:
            raise Failed('it asks for %s' % asked[0].hex())


# ------------------------------------------------------ what people bring along

def words_of_serial_lines():
    with Peer('lock', 'nolock', 'modem', 'local', 'crtscts', '-crtscts', 'nocrtscts', 'cdtrcts', 'nocdtrcts',
              'xonxoff', 'sync') as p:
        p.hears('up ')
        p.quit()


def their_option_files():
    """What Debian's pptpd and pptp-linux ship, and people's /etc/ppp/options."""
    with open('/etc/ppp/options', 'w') as options:
        options.write('asyncmap 0\nauth\ncrtscts\nlock\nhide-password\nmodem\nlcp-echo-interval 30\n')
    with open('/etc/ppp/options.pptp', 'w') as options:
        options.write('lock\nnoauth\nrefuse-eap\nrefuse-chap\nrefuse-mschap\nnobsdcomp\nnodeflate\n')
    try:
        with Peer('file', '/etc/ppp/options.pptp') as p:
            p.hears('up ')
            p.quit()
    finally:
        open('/etc/ppp/options', 'w').close()


def nothing_detaches_it():
    with Peer('updetach', 'persist') as p:
        p.hears('up ')
        p.send(LCP, TERM, 7, b'bye')
        p.end()
        expect_in('down', p.said)


def a_default_route_is_not_pppds():
    with Peer('defaultroute') as p:
        p.hears('up ')
        p.quit()
        if b'defaultroute has no effect' not in p.printed:
            raise Failed('it does not say so')
        if b'SIOCADDRT' in p.printed:
            raise Failed('it tried to set one')


# ------------------------------------------------------------- what a link is

def what_was_negotiated_and_carried():
    with Peer() as p:
        p.hears('up ')
        p.quit()
        facts = [s for s in p.said if s.split()[0] in ('link', 'up', 'traffic', 'down')]
        expect(facts, ['link pap 1400 1500 none', 'up ppp0 %s %s' % (THEIRS, OURS), 'traffic 1001 11 2002 22', 'down'])


def between_two(server_words, client_words):
    """What the plugins of two pppd say of the link, once it is up."""
    with Half(True, ['require-mschap-v2', 'nobsdcomp', 'nodeflate', 'novj'] + server_words) as server, \
            Half(False, ['nobsdcomp', 'nodeflate', 'novj'] + client_words) as client:
        server.other, client.other = client, server
        server.hears('up ')
        client.hears('up ')
        lines = server.hears('link '), client.hears('link ')
        client.quit()
        server.end()
        return lines


def encryption_of_128_bits():
    line = 'link mschap-v2 1400 1400 128-bit stateless'
    expect(between_two(['require-mppe-128'], ['require-mppe-128']), (line, line))


def encryption_of_40_bits():
    words = ['require-mppe-40', 'nomppe-128']
    line = 'link mschap-v2 1400 1400 40-bit stateless'
    expect(between_two(words, words), (line, line))


def no_encryption():
    expect(between_two(['nomppe'], ['nomppe', 'mru', '1300']), ('link mschap-v2 1400 1300 none', 'link mschap-v2 1300 1400 none'))


def encryption_that_comes_later():
    with Half(True, ['require-mschap-v2', 'nomppe', 'kpptp-mppe-allow']) as server, \
            Half(False, ['require-mppe-128', 'novj', 'nobsdcomp', 'nodeflate']) as client:
        server.other, client.other = client, server
        client.hears('up ')
        expect(server.hears('link mschap-v2 1400 1400 128-bit stateless').split()[1], 'mschap-v2')
        client.quit()
        server.end()


ALLOW = ['nomppe', 'kpptp-mppe-allow', 'mppe-stateful']


class Asked(Half):
    """pppd whose CCP is not its peer's but the test's: it is asked for MPPE with @bits."""

    def ask(self, bits):
        self.ccp = {}           # code: data
        self.bits = option(18, bits.to_bytes(4, 'big'))
        self.request(7, self.bits)
        self.until(lambda: ACK in self.ccp or NAK in self.ccp or REJ in self.ccp, 'it has answered')

    def request(self, identifier, data):
        self.give(struct.pack('>HBBH', CCP, REQ, identifier, 4 + len(data)) + data)

    def frame(self, frame):
        protocol, code, identifier, length = struct.unpack('>HBBH', frame[:6])
        if protocol != CCP:
            self.other.give(frame)
            return
        self.ccp[code] = frame[6:2 + length]
        if code == REQ:
            self.give(frame[:2] + bytes([ACK]) + frame[3:])
        elif code == NAK:       # with what it would take
            self.request(identifier + 1, self.ccp[code])


def asked(bits, words):
    """What becomes of a request for MPPE: rejected, or what the plugin says of the link."""
    with Asked(True, ['require-mschap-v2', 'nobsdcomp', 'nodeflate', 'novj'] + words) as server, \
            Half(False, ['nomppe', 'noccp']) as client:
        server.other, client.other = client, server
        server.hears('auth ')
        server.ask(bits)
        rejected = REJ in server.ccp
        if rejected:
            expect(server.ccp[REJ], server.bits)
            server.request(8, b'')
        server.hears('up ')
        if not rejected:
            server.hears('link mschap-v2 1400 1400 ')
            server.until(lambda: any('-bit' in s for s in server.said), 'it encrypts')
        found = 'rejected' if rejected else [s for s in server.said if '-bit' in s][-1].split(' ', 4)[4]
        server.quit()
        return found


def no_mppe_means_that_none_is_given():
    for bits in 0x01000040, 0x010000e1, 0x00000001:
        expect(asked(bits, ['nomppe']), 'rejected')


def who_asks_for_no_cipher_goes_on_in_clear():
    for bits in 0, 0x00000001, 0x01000080:
        expect(asked(bits, ALLOW), 'rejected')


def who_asks_for_a_cipher_has_the_best_of_them():
    for bits, found in ((0x01000040, '128-bit stateless'), (0x010000e1, '128-bit stateless'),
                        (0x01000020, '40-bit stateless'), (0x010000a0, '40-bit stateless'),
                        (0x00000040, '128-bit stateful')):
        expect((hex(bits), asked(bits, ALLOW)), (hex(bits), found))


class Unwilling(Asked):
    """Its peer takes nothing of what pppd asks for in CCP, and nothing else than it asks for itself."""

    def frame(self, frame):
        if frame[:3] == struct.pack('>HB', CCP, REQ):
            self.give(frame[:2] + bytes([REJ]) + frame[3:])
        elif frame[:2] != struct.pack('>H', CCP):
            self.other.give(frame)


def nothing_goes_in_clear_where_mppe_is_required():
    for bits in 0, 0x00000001, 0x00000040, 0x01000020, 0x01000080, 0x010000a0:
        with Unwilling(True, ['require-mschap-v2', 'require-mppe-128', 'nobsdcomp', 'nodeflate', 'novj']) as server, \
                Half(False, ['nomppe', 'noccp']) as client:
            server.other, client.other = client, server
            server.hears('auth ')
            server.request(7, option(18, bits.to_bytes(4, 'big')))
            client.end()
            expect([s for s in server.said + client.said if s.startswith('up')], [])
            if not any(s.startswith('says lcp MPPE required') for s in client.said):
                raise Failed('%#x: the client does not hear why: %s' % (bits, client.said))


def run():
    tests = [(name, fn) for name, fn in globals().items()
             if callable(fn) and getattr(fn, '__code__', None) and not fn.__code__.co_argcount and name not in ('run',)]
    bad = 0
    for i, (name, fn) in enumerate(tests, 1):
        try:
            fn()
            print('ok %d - %s' % (i, name.replace('_', ' ')), flush=True)
        except Failed as why:
            bad = 1
            print('not ok %d - %s\n# %s' % (i, name.replace('_', ' '), why), flush=True)
    print('1..%d' % len(tests))
    return bad


if __name__ == '__main__':
    sys.exit(run())
