from __future__ import annotations

from ipaddress import ip_network

from bakureserve.server.addresses import client_of

PROXIES = (ip_network("10.0.0.0/8"), ip_network("::1/128"))


def test_a_forwarding_header_is_believed_as_far_as_trusted_proxies_wrote_it() -> None:
    for peer, forwarded_for, address in (
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "198.51.100.1, rubbish", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("::1", "[2001:db8::7]:443", "2001:db8::7"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("fe80::1%eth0", "", "fe80::1"),
        ("", "198.51.100.1", "local"),
    ):
        assert client_of(peer, forwarded_for, PROXIES).address == address


def test_one_ipv6_subscriber_is_one_client() -> None:
    first = client_of("2001:db8:1:2::a", "", ())
    second = client_of("2001:db8:1:2:ffff::b", "", ())
    third = client_of("2001:db8:1:3::a", "", ())
    assert first.key == second.key == "2001:db8:1:2::/64"
    assert third.key != first.key
    assert first.address != second.address


def test_an_operator_on_a_socket_of_this_machine_is_not_counted() -> None:
    assert client_of("", "198.51.100.1", PROXIES) == ("local", "")
