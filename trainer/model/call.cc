#include "trainer/model/call.h"

#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

namespace unimo::trainer {

namespace {

struct CallFunction : torch::autograd::Function<CallFunction> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::TensorList& inputs,
                            const c10::intrusive_ptr<Call>& call) {
    context->save_for_backward(inputs.vec());
    context->saved_data["call"] = c10::IValue::make_capsule(call);
    return call->forward(inputs.vec());
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list dy) {
    const auto call =
        c10::static_intrusive_pointer_cast<Call>(context->saved_data["call"].toCapsule());
    const torch::autograd::variable_list inputs = context->get_saved_variables();
    std::vector<bool> needed;
    for (std::size_t i = 0; i < inputs.size(); ++i) needed.push_back(context->needs_input_grad(i));
    torch::autograd::variable_list gradients = call->backward(dy[0].contiguous(), inputs, needed);
    // A pass for the gradients of other inputs alone leaves those of the parameters to a later one.
    if (call->anchor < needed.size() && needed[call->anchor]) call->use.end();
    gradients.resize(inputs.size() + 1);  // the call itself counts as an input
    return gradients;
  }
};

}  // namespace

at::Tensor run_call(const std::vector<at::Tensor>& inputs, c10::intrusive_ptr<Call> call) {
  std::vector<at::Tensor> whole;
  bool recorded = false;
  for (const at::Tensor& input : inputs) {
    whole.push_back(input.contiguous());
    recorded = recorded || (c10::GradMode::is_enabled() && input.requires_grad());
  }
  if (recorded) call->use.begin();
  return CallFunction::apply(at::TensorList(whole), call);
}

}  // namespace unimo::trainer
