#include "orchestrator/cli/schema_commands.h"

#include <fmt/format.h>

#include "orchestrator/cli/exit_codes.h"
#include "stages/schema/schemas.h"

namespace unimo {

namespace {

Json to_json(const StageSchema& schema) {
  Json inputs = Json::array();
  for (const InputSpec& input : schema.inputs) {
    inputs.push_back({{"name", input.name},
                      {"required", input.required},
                      {"many", input.many},
                      {"description", input.description}});
  }
  Json params = Json::array();
  for (const FieldDescription& field : schema.describe()) {
    params.push_back({{"path", field.path},
                      {"type", field.type},
                      {"default", field.default_text},
                      {"allowed", field.allowed},
                      {"description", field.description}});
  }
  return {{"kind", schema.kind},
          {"description", schema.description},
          {"version", schema.version},
          {"program", schema.program == StageProgram::kStage ? "unimo-stage" : "unimo-tensor"},
          {"resources", write_fields(schema.resources)},
          {"inputs", inputs},
          {"params", params}};
}

void print_schema(const StageSchema& schema) {
  print_out(
      fmt::format("{}  (version {})\n  {}\n\n", schema.kind, schema.version, schema.description));
  TextTable inputs({"input", "", "description"});
  for (const InputSpec& input : schema.inputs) {
    inputs.add(
        {input.name,
         fmt::format("{}{}", input.required ? "required" : "optional", input.many ? ", many" : ""),
         input.description});
  }
  if (!inputs.empty()) print_out(inputs.text() + "\n");
  TextTable params({"parameter", "type", "default", "allowed", "description"});
  for (const FieldDescription& field : schema.describe()) {
    params.add({field.path, field.type, field.default_text, field.allowed, field.description});
  }
  if (!params.empty()) print_out(params.text());
}

}  // namespace

Result<int> describe_stages(const std::string& kind, const ConsoleOptions& console) {
  if (!kind.empty()) {
    const StageSchema* schema = stages::find_schema(kind);
    if (schema == nullptr) {
      const auto close = did_you_mean(kind, stages::schema_kinds());
      return fail(
          ErrorCode::kNotFound, "no stage kind \"{}\"{}", kind,
          close ? fmt::format(", did you mean {}?", *close) : "; `unimo stages` lists them");
    }
    if (console.json) print_json(to_json(*schema));
    if (!console.json) print_schema(*schema);
    return exit_code::kSuccess;
  }
  Json list = Json::array();
  TextTable table({"kind", "description"});
  for (const std::string& name : stages::schema_kinds()) {
    const StageSchema& schema = *stages::find_schema(name);
    list.push_back(to_json(schema));
    table.add({schema.kind, schema.description});
  }
  if (console.json) print_json(list);
  if (!console.json) print_out(table.text());
  return exit_code::kSuccess;
}

}  // namespace unimo
