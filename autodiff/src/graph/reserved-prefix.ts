/** Names that training graphs make up begin with it, so that they never meet a name of the model. */
export const RESERVED_PREFIX = 'sedge:';
