/** What a person is told where no relay is found: each fact in one sentence, with what to do about it. */
export const NOT_REACHED = 'The relay cannot be reached; check the network and the address.';
export const NO_WEFT_RELAY = 'Something answers at this address, but not a Weft relay; check the address.';
