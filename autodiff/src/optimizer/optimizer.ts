/** How gradients become updates. Names and defaults follow PyTorch's optimizers. */
export interface OptimizerSettings {
  readonly name: 'sgd' | 'adam' | 'adamw';
  /** Of SGD: the share of the last update that is kept; 0 for none. */
  readonly momentum?: number;
  /** Of SGD with momentum: looks ahead. */
  readonly nesterov?: boolean;
  /** Of Adam and AdamW: decay of the mean of gradients, 0.9. */
  readonly beta1?: number;
  /** Of Adam and AdamW: decay of the mean of squares, 0.999. */
  readonly beta2?: number;
  /** Of Adam and AdamW: added to the root of the mean of squares, 1e-8. */
  readonly epsilon?: number;
  /** Pulls weights towards zero: through the gradient, or beside it with AdamW. */
  readonly weightDecay?: number;
  /** Gradients are scaled down so that their norm over all parameters is at most this. */
  readonly clipNorm?: number;
  /**
   * FedProx (Li et al. 2020, arXiv:1812.06127): the graphs take `proximal`, the mu of mu/2·|w − anchor|², and an anchor
   * for each parameter.
   */
  readonly proximal?: boolean;
  /** SCAFFOLD (Karimireddy et al. 2020, arXiv:1910.06378): the graphs take a tensor to add to each gradient. */
  readonly correction?: boolean;
}
