"""Asking about an address: HTTP, WHOIS and DNS over sockets, every answer staged as it came. Decides nothing.

Bounded in size and time, polite to each server, and never led where a look-up may not go: a redirect or a referral to
this machine or a private network is followed only where the first server stood there too.

===========  =======================================================================================================
`bounds`     how long, how large, how many; where a question may be led
`http`       one HTTP request without redirects, its bytes as they came
`whois_socket`  one WHOIS question
`dns_socket`  one DNS question over UDP, over TCP where the answer is cut
`answer_log`  what a look-up is about and has asked so far
`name_survey`  names at every server, and the chain of signatures above them
`mail_names`  exchangers of a mail domain, and the record of a DKIM key
`survey`     a whole look-up: what is asked, in which order, under which names it is staged
===========  =======================================================================================================
"""
