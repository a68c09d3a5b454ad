"""What a readiness model is, how it ranks, explains and stores itself.

Words used throughout: *readiness* is the probability that an appointment succeeds, given that it
is made; *logit* is its log-odds, the scale on which the halves of the model are averaged and on
which contributions add up; the *background* is the set of eligible candidates that a person is
compared with; *contribution* is a number, *reason* a sentence.

The rule that must not break: nothing enters a model but the features of the catalogue, so nothing
that is not in the catalogue can be learnt from.
"""
