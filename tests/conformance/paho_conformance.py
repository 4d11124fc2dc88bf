"""The front door as paho-mqtt sees it, a client that was written by others: every sentence of docs/protocol.md
section 1 that a client can check.

Run by tests/clients.rs, which gives host, port and the enrolled devices as one JSON object on the input. Each check says
one line; the last line is a JSON object with what must stand in the store. Ends with 1 and the reason when a check fails.
"""

import json
import select
import sys
import time

import paho.mqtt.client as mqtt

# On a busy machine nothing here takes longer, in seconds.
SOON = 20.0
FIXES = 20

told = json.loads(sys.stdin.readline())
HOST, PORT = told["host"], told["port"]
ONE, OTHER = told["one"], told["other"]


class Device:
    """A client that writes down what it was told."""

    def __init__(self, who, client_id=None, clean=True, secret=None, will=None, protocol=mqtt.MQTTv311):
        self.name = who["name"]
        self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=client_id or self.name,
            clean_session=clean,
            protocol=protocol,
        )
        self.client.username_pw_set(self.name, who["secret"] if secret is None else secret)
        if will:
            self.client.will_set(will, "x", qos=0)
        self.connack, self.session_present, self.closed = None, None, False
        self.pubacks, self.granted, self.messages, self.log = [], None, [], []
        self.client.on_connect = self.on_connect
        self.client.on_disconnect = self.on_disconnect
        self.client.on_publish = lambda _c, _u, mid, _r, _p: self.pubacks.append(mid)
        self.client.on_subscribe = self.on_subscribe
        self.client.on_message = lambda _c, _u, message: self.messages.append(message)
        self.client.on_log = lambda _c, _u, _level, line: self.log.append(line)

    def on_connect(self, _client, _userdata, flags, reason, _properties):
        self.connack, self.session_present = str(reason), flags.session_present

    def on_disconnect(self, _client, _userdata, _flags, _reason, _properties):
        self.closed = True

    def on_subscribe(self, _client, _userdata, _mid, reasons, _properties):
        self.granted = [reason.value for reason in reasons]

    def connect(self, keepalive=60):
        self.client.connect(HOST, PORT, keepalive)
        self.pump(lambda: self.connack is not None or self.closed)
        return self

    def again(self):
        self.connack, self.session_present, self.closed = None, None, False
        self.client.reconnect()
        self.pump(lambda: self.connack is not None or self.closed)

    def pump(self, until, within=SOON):
        """Reads and writes until it is so."""
        deadline = time.monotonic() + within
        while not until():
            assert time.monotonic() < deadline, f"not in time; the client's log: {self.log[-8:]}"
            self.client.loop(timeout=0.05)

    def topic(self, channel):
        return f"siaga/v1/{self.name}/{channel}"

    def publish(self, channel, payload, qos=1):
        return self.client.publish(self.topic(channel), payload, qos=qos).mid

    def leave(self):
        self.client.disconnect()
        self.pump(lambda: self.closed)


def fix(seq, t, boot="p1", base=1):
    return json.dumps({"boot": boot, "base": base, "fixes": [{"seq": seq, "t": t, "lat": -8.25, "lon": 113.6}]})


def now_ms():
    return int(time.time() * 1000)


def connack_codes():
    cases = [
        (dict(who=ONE), "Success"),
        (dict(who=ONE, secret="wrong"), "Bad user name or password"),
        (dict(who={"name": "nobody", "secret": ONE["secret"]}), "Bad user name or password"),
        (dict(who=ONE, will=f"siaga/v1/{ONE['name']}/status"), "Success"),
        (dict(who=ONE, will=f"siaga/v1/{OTHER['name']}/status"), "Not authorized"),
        (dict(who=ONE, will="any/other"), "Not authorized"),
    ]
    for how, expected in cases:
        device = Device(**how).connect()
        assert device.connack == expected, f"{how}: {device.connack}, not {expected}"
        if expected == "Success":
            device.leave()
        else:
            device.pump(lambda: device.closed)


def no_session_is_ever_present():
    for clean in (True, False, False):
        device = Device(ONE, clean=clean).connect()
        assert device.connack == "Success"
        assert device.session_present is False, f"clean_session={clean}"
        device.leave()


def every_qos_1_publish_has_its_puback_and_our_own_acknowledgement():
    device = Device(ONE).connect()
    device.client.subscribe(device.topic("ack"), qos=1)
    device.pump(lambda: device.granted is not None)
    start = now_ms() - FIXES * 1000
    mids = [device.publish("fix", fix(seq, start + seq * 1000)) for seq in range(1, FIXES + 1)]
    device.pump(lambda: len(device.pubacks) == len(mids))
    assert sorted(device.pubacks) == sorted(mids), "each once"
    through = lambda: json.loads(device.messages[-1].payload)["through"] if device.messages else 0
    device.pump(lambda: through() == FIXES)
    assert all(message.topic == device.topic("ack") and not message.retain for message in device.messages)
    device.leave()
    return FIXES


def a_qos_0_publish_is_stored_and_told_in_our_own_acknowledgement():
    device = Device(ONE).connect()
    device.client.subscribe(device.topic("ack"), qos=0)
    device.pump(lambda: device.granted is not None)
    device.publish("fix", fix(1, now_ms() - 60_000, boot="p0"), qos=0)
    device.pump(lambda: device.messages)
    told = json.loads(device.messages[0].payload)
    assert told == {"boot": "p0", "through": 1}, told
    device.leave()
    return 1


def own_topics_are_granted_and_every_other_is_refused_on_a_connection_that_stays():
    device = Device(ONE).connect()
    own, foreign = device.topic("order"), f"siaga/v1/{OTHER['name']}/order"
    cases = [
        ([(own, 0)], [0]),
        ([(own, 1)], [1]),
        ([(own, 2)], [1]),
        ([(device.topic("+"), 1)], [1]),
        ([(foreign, 1)], [0x80]),
        ([("#", 0), ("siaga/v1/+/order", 0), ("$SYS/#", 0), (own, 1)], [0x80, 0x80, 0x80, 1]),
    ]
    for filters, expected in cases:
        device.granted = None
        device.client.subscribe(filters)
        device.pump(lambda: device.granted is not None or device.closed)
        assert device.granted == expected, f"{filters}: {device.granted}"
    assert device.client.unsubscribe(own)[0] == mqtt.MQTT_ERR_SUCCESS
    device.pump(lambda: any("UNSUBACK" in line for line in device.log))
    assert not device.closed
    device.leave()


def a_ping_is_answered_and_keeps_the_connection():
    device = Device(ONE).connect(keepalive=1)
    until = time.monotonic() + 3.5
    device.pump(lambda: time.monotonic() > until)
    pings = sum("PINGRESP" in line for line in device.log)
    assert not device.closed and pings >= 2, f"{pings} answers, closed: {device.closed}"
    device.leave()


def silence_beyond_one_and_a_half_keep_alives_closes():
    device = Device(ONE).connect(keepalive=2)
    began = time.monotonic()
    # Nobody calls the client's loop, so it sends no ping.
    ready, _, _ = select.select([device.client.socket()], [], [], SOON)
    passed = time.monotonic() - began
    assert ready and device.client.socket().recv(1) == b"", "closed by the server"
    assert 2.5 <= passed <= 10, f"closed after {passed:.1f} s"


def an_oversized_packet_closes_and_one_just_below_the_limit_does_not():
    device = Device(ONE).connect()
    mid = device.publish("fix", "x" * (16 * 1024 - 200))
    device.pump(lambda: mid in device.pubacks)
    device.publish("fix", "x" * (16 * 1024 + 1))
    device.pump(lambda: device.closed)


def qos_2_and_a_foreign_topic_close():
    other = f"siaga/v1/{OTHER['name']}/fix"
    for topic, qos in ((f"siaga/v1/{ONE['name']}/fix", 2), (other, 1), (other, 0), ("$SYS/x", 0), ("a/b", 1)):
        device = Device(ONE).connect()
        device.client.publish(topic, fix(1, now_ms(), boot="closed"), qos=qos)
        device.pump(lambda: device.closed)
        assert not device.pubacks or qos == 0, f"{topic} at QoS {qos} was acknowledged"


def a_second_connection_of_a_device_closes_the_first():
    first = Device(ONE, client_id="same").connect()
    second = Device(ONE, client_id="same").connect()
    first.pump(lambda: first.closed)
    third = Device(ONE, client_id="another").connect()
    second.pump(lambda: second.closed)
    neighbour = Device(OTHER, client_id="another").connect()
    mid = third.publish("fix", "{}")
    third.pump(lambda: mid in third.pubacks)
    assert not third.closed, "another device under the same client id is another device"
    third.leave()
    neighbour.leave()


def what_is_said_again_after_a_lost_connection_is_stored_once():
    device = Device(OTHER, clean=False).connect()
    mid = device.publish("fix", fix(1, now_ms() - 1000))
    # The server has it, the client never reads the PUBACK.
    ready, _, _ = select.select([device.client.socket()], [], [], SOON)
    assert ready, "a PUBACK was sent"
    device.client.socket().close()
    device.again()
    assert device.connack == "Success" and device.session_present is False
    device.pump(lambda: mid in device.pubacks)
    again = [line for line in device.log if "Sending PUBLISH (d1, q1" in line]
    assert again, f"the client says it again as DUP: {device.log}"
    device.leave()
    return 1


def other_protocol_versions_are_not_let_in():
    device = Device(ONE, protocol=mqtt.MQTTv31)
    device.client.connect(HOST, PORT, 60)
    device.pump(lambda: device.closed or device.connack is not None)
    assert device.connack != "Success", device.connack


def main():
    stored = {"one": 0, "other": 0}
    checks = [
        (connack_codes, None),
        (no_session_is_ever_present, None),
        (every_qos_1_publish_has_its_puback_and_our_own_acknowledgement, "one"),
        (a_qos_0_publish_is_stored_and_told_in_our_own_acknowledgement, "one"),
        (own_topics_are_granted_and_every_other_is_refused_on_a_connection_that_stays, None),
        (a_ping_is_answered_and_keeps_the_connection, None),
        (silence_beyond_one_and_a_half_keep_alives_closes, None),
        (an_oversized_packet_closes_and_one_just_below_the_limit_does_not, None),
        (qos_2_and_a_foreign_topic_close, None),
        (a_second_connection_of_a_device_closes_the_first, None),
        (what_is_said_again_after_a_lost_connection_is_stored_once, "other"),
        (other_protocol_versions_are_not_let_in, None),
    ]
    for check, device in checks:
        print(check.__name__.replace("_", " "), flush=True)
        count = check()
        if device:
            stored[device] += count
    print(json.dumps(stored))


main()
