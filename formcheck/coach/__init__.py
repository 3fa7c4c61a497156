"""The guided session: a state machine that is fed moments and answers with what to show, say and store.

`machine.Coach` is the machine; `moment` holds what goes in, `guidance` and `records` what comes out, `choice` what is chosen before.
No clock, no input or output, no chance: time comes in with every moment, so a window, a page and a test drive the same coach.
"""
