import { toShapeOf } from './broadcast.ts';
import type { RuleContext } from './rule-context.ts';
import type { GradientRule, RuleTable } from './rule.ts';

/** Sum and mean of several inputs, the four operations, powers, and the larger and smaller of values; all broadcast. */
export const arithmeticRules: RuleTable = {
  Add: { gradient: add },
  Sub: { gradient: sub },
  Mul: { gradient: mul },
  Div: { gradient: div },
  Pow: { gradient: pow },
  Sum: { gradient: sum },
  Mean: { gradient: mean },
  Max: { gradient: extreme },
  Min: { gradient: extreme },
  Where: { gradient: where },
  Mod: { gradient: mod },
};

type Share = (context: RuleContext, gradient: string) => string;

/** One share per input, computed only when it is wanted, and summed to the shape of the input. */
function shares(context: RuleContext, ofInput: readonly Share[]): (string | undefined)[] {
  return ofInput.map((share, index) => {
    if (!context.wants(index)) return undefined;
    return toShapeOf(context.emit, share(context, context.gradient()), context.output(), context.input(index));
  });
}

const whole: Share = (_context, gradient) => gradient;
const negated: Share = ({ emit }, gradient) => emit.neg(gradient);

function add(context: RuleContext): ReturnType<GradientRule> {
  return shares(context, [whole, whole]);
}

function sub(context: RuleContext): ReturnType<GradientRule> {
  return shares(context, [whole, negated]);
}

function mul(context: RuleContext): ReturnType<GradientRule> {
  const [a, b] = [context.input(0).name, context.input(1).name];
  return shares(context, [
    ({ emit }, gradient) => emit.mul(gradient, b),
    ({ emit }, gradient) => emit.mul(gradient, a),
  ]);
}

function div(context: RuleContext): ReturnType<GradientRule> {
  const b = context.input(1).name;
  return shares(context, [
    ({ emit }, gradient) => emit.div(gradient, b),
    ({ emit }, gradient) => emit.neg(emit.div(emit.mul(gradient, context.output().name), b)),
  ]);
}

function pow(context: RuleContext): ReturnType<GradientRule> {
  const [base, exponent] = [context.input(0), context.input(1)];
  if (exponent.type !== 'FLOAT') return powInteger(context);
  return shares(context, [
    ({ emit }, gradient) => {
      const lower = emit.op('Pow', [base.name, emit.sub(exponent.name, emit.scalar(1))]);
      return emit.mul(gradient, emit.mul(exponent.name, lower));
    },
    ({ emit }, gradient) => emit.mul(gradient, emit.mul(context.output().name, emit.op('Log', [base.name]))),
  ]);
}

/** An exponent of another type is made a float first: Pow wants its base's type for the result only. */
function powInteger(context: RuleContext): ReturnType<GradientRule> {
  const [base, exponent] = [context.input(0), context.input(1)];
  return shares(context, [
    ({ emit }, gradient) => {
      const power = emit.cast(exponent.name, 'FLOAT');
      return emit.mul(gradient, emit.mul(power, emit.op('Pow', [base.name, emit.sub(power, emit.scalar(1))])));
    },
  ]);
}

function sum(context: RuleContext): ReturnType<GradientRule> {
  return shares(
    context,
    context.node.inputs.map(() => whole),
  );
}

function mean(context: RuleContext): ReturnType<GradientRule> {
  const part: Share = ({ emit }, gradient) => emit.scale(gradient, 1 / context.node.inputs.length);
  return shares(
    context,
    context.node.inputs.map(() => part),
  );
}

/** The gradient goes to the inputs that are equal to the result, in equal parts where several are. */
function extreme(context: RuleContext): ReturnType<GradientRule> {
  const { emit, node } = context;
  const result = context.output().name;
  const gates = node.inputs.map((name) => emit.cast(emit.op('Equal', [name, result]), 'FLOAT'));
  const count = gates.length === 1 ? gates[0] : emit.op('Sum', gates);
  const part = emit.div(context.gradient(), count ?? '');
  return shares(
    context,
    gates.map((gate) => () => emit.mul(part, gate)),
  );
}

function where(context: RuleContext): ReturnType<GradientRule> {
  const condition = context.input(0).name;
  const none = context.emit.scalar(0);
  return shares(context, [
    whole,
    ({ emit }, gradient) => emit.where(condition, gradient, none),
    ({ emit }, gradient) => emit.where(condition, none, gradient),
  ]);
}

/** a − b·trunc(a / b), as C's fmod, which is the only kind that floats have. */
function mod(context: RuleContext): ReturnType<GradientRule> {
  const [a, b] = [context.input(0).name, context.input(1).name];
  return shares(context, [
    whole,
    ({ emit }, gradient) => emit.neg(emit.mul(gradient, emit.div(emit.sub(a, context.output().name), b))),
  ]);
}
