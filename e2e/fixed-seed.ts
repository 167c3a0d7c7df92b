import fc from 'fast-check';

/** Properties are tried on the same values every time, so that a run says something about the change and not about its luck. */
fc.configureGlobal({ seed: 20_261_121 });
