"""A caller of our own: places a real call and tells what it heard, from the signalling and the sound alone.

Nothing here knows the database, Asterisk's control interface or Django: the dial test (拨测) must be a witness from
outside. ``telephone`` is the SIP and RTP party, ``hearing`` recognises what was played, ``report`` says it in words.
"""
