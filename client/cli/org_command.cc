#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/commands.h"
#include "client/cli/contents.h"
#include "client/cli/text.h"

namespace gitsync::cli {
namespace {

void Print(Session& session, const v1::Organization& organization) {
  if (session.output().json()) return session.output().Json(organization);
  session.output().Fields({
      {"Id", organization.id()},
      {"Name", organization.name()},
      {"Environments", absl::StrJoin(organization.environments(), ", ")},
      {"Etag", organization.etag()},
      {"Created", FormatTime(organization.create_time())},
      {"Updated", FormatTime(organization.update_time())},
  });
}

void AddEnvironmentsOption(CLI::App& command, std::vector<std::string>& environments) {
  command
      .add_option("--environments", environments,
                  "Environments in the order of promotion, with commas between")
      ->delimiter(',')
      ->allow_extra_args(false);
}

struct OrgOptions {
  std::string org;
  std::string id;
  std::optional<std::string> name;
  std::vector<std::string> environments;
  std::string etag;
  bool yes = false;
  int64_t limit = 0;
};

absl::Status Create(Session& session, OrgOptions& options) {
  v1::CreateOrganizationRequest request;
  request.set_organization_id(options.id);
  request.set_name(options.name.value_or(""));
  request.mutable_environments()->Assign(options.environments.begin(),
                                         options.environments.end());
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto created,
      session.Call(&v1::OrganizationService::Stub::CreateOrganization, request));
  Print(session, created);
  return absl::OkStatus();
}

absl::Status Get(Session& session, OrgOptions& options) {
  v1::GetOrganizationRequest request;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_organization_id(),
                               session.OrganizationId(options.org));
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto organization,
      session.Call(&v1::OrganizationService::Stub::GetOrganization, request));
  Print(session, organization);
  return absl::OkStatus();
}

absl::Status List(Session& session, OrgOptions& options) {
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto list,
      session.ListAll(&v1::OrganizationService::Stub::ListOrganizations,
                      v1::ListOrganizationsRequest(), options.limit));
  if (session.output().json()) {
    session.output().Json(list);
    return absl::OkStatus();
  }
  std::vector<Row> rows;
  for (const v1::Organization& organization : list.organizations()) {
    rows.push_back({organization.id(), organization.name(),
                    absl::StrJoin(organization.environments(), ", ")});
  }
  session.output().Table({"ID", "NAME", "ENVIRONMENTS"}, rows);
  return absl::OkStatus();
}

absl::Status Update(Session& session, OrgOptions& options) {
  v1::UpdateOrganizationRequest request;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_organization_id(),
                               session.OrganizationId(options.org));
  if (options.name) request.set_name(*options.name);
  request.mutable_environments()->Assign(options.environments.begin(),
                                         options.environments.end());
  request.set_etag(options.etag);
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto updated,
      session.Call(&v1::OrganizationService::Stub::UpdateOrganization, request));
  Print(session, updated);
  return absl::OkStatus();
}

absl::Status Delete(Session& session, OrgOptions& options) {
  v1::DeleteOrganizationRequest request;
  GITSYNC_CLI_ASSIGN_OR_RETURN(*request.mutable_organization_id(),
                               session.OrganizationId(options.org));
  request.set_etag(options.etag);
  if (!options.yes) {
    GITSYNC_CLI_ASSIGN_OR_RETURN(
        const std::string contents,
        ContentsOfOrganization(session, request.organization_id()));
    const absl::Status confirmed = session.Confirm(
        absl::StrCat("This deletes the organization ", options.org,
                     " for good: ", contents, ". What is in git stays."),
        options.yes);
    if (!confirmed.ok()) return confirmed;
  }
  GITSYNC_CLI_ASSIGN_OR_RETURN(
      const auto nothing,
      session.Call(&v1::OrganizationService::Stub::DeleteOrganization, request));
  if (session.output().json()) session.output().Json(nothing);
  session.output().Note(
      absl::StrCat("Deleted organization ", request.organization_id(), "."));
  return absl::OkStatus();
}

}  // namespace

void AddOrgCommands(CLI::App& root, Action& action) {
  CLI::App* org = AddGroup(root, "org", "Organizations, the tenants of the server");

  auto options = std::make_shared<OrgOptions>();
  CLI::App* create = org->add_subcommand("create", "Create an organization");
  create->add_option("NAME", options->name, "Name, unique on the server")->required();
  create->add_option("--id", options->id,
                     "UUID to use; made by the server if not given");
  AddEnvironmentsOption(*create, options->environments);
  Runs(*create, action, options, Create);

  options = std::make_shared<OrgOptions>();
  CLI::App* get = org->add_subcommand("get", "Show an organization");
  get->add_option("ORG", options->org, "Organization, by id or name")->required();
  Runs(*get, action, options, Get);

  options = std::make_shared<OrgOptions>();
  CLI::App* list = org->add_subcommand("list", "List the organizations");
  AddLimitOption(*list, options->limit);
  Runs(*list, action, options, List);

  options = std::make_shared<OrgOptions>();
  CLI::App* update = org->add_subcommand("update", "Change an organization");
  update->add_option("ORG", options->org, "Organization, by id or name")->required();
  update->add_option("--name", options->name, "New name");
  AddEnvironmentsOption(*update, options->environments);
  AddEtagOption(*update, options->etag);
  Runs(*update, action, options, Update);

  options = std::make_shared<OrgOptions>();
  CLI::App* remove = org->add_subcommand(
      "delete", "Delete an organization with everything in it; git is not touched");
  remove->add_option("ORG", options->org, "Organization, by id or name")->required();
  AddEtagOption(*remove, options->etag);
  AddYesOption(*remove, options->yes);
  Runs(*remove, action, options, Delete);
}

}  // namespace gitsync::cli
